"""What the numbers of a pack's checks mean, for the form editor. English here, Chinese in the catalogue."""

from agentdesk.words.catalogue import N_

CHECKS: dict[str, str] = {
    "share": N_("share of the row's points"),
    "seconds": N_("within seconds"),
    "within": N_("within seconds"),
    "from_size": N_("judged from so many words of the agent on"),
    "says.each": N_("share that each time costs"),
    "says.lines": N_("deducted from so many lines on"),
    "reads.least": N_("from this weight of the agent's wording on"),
    "must_say.utterances": N_("or within so many of his lines"),
    "asked_before.seconds": N_("asked at most so many seconds before"),
    "asked_before.request_seconds": N_("or wished by the customer so many seconds before"),
    "follows.shortest": N_("due from so many seconds of it on"),
    "lasts.seconds": N_("shown to a person above so many seconds"),
    "lasts.longest": N_("deducted above so many seconds"),
    "unheld.seconds": N_("silence in seconds"),
    "rate.min": N_("least rate"),
    "rate.max": N_("highest rate"),
    "rate.hits": N_("deducted from so many times on"),
    "rate.from_turns": N_("or from so many lines on"),
    "rate.body_min": N_("least rate without the first and the last line"),
    "rate.body_size": N_("that one from so many words on"),
    "rate.most_runs": N_("allowed repetitions in a row"),
    "first_word.seconds": N_("silence before the first word in seconds"),
    "first_word.calls": N_("or the customer calls so many times"),
    "cuts_in.after": N_("so many seconds after the customer began"),
    "cuts_in.over": N_("both speak for seconds"),
    "cuts_in.noise_size": N_("cries of so many words do not count"),
    "late_answer.seconds": N_("silence in seconds"),
    "pace.times": N_("times the own usual pace"),
    "pace.limit": N_("and above so many words a second"),
    "pace.louder": N_("or so many dB above the own usual level"),
    "pace.from_size": N_("lines of so many words or more"),
    "pace.utterances": N_("in so many lines"),
    "adjusts.slower": N_("slowed down to this share of the pace before"),
    "adjusts.louder": N_("louder by so many dB"),
    "adjusts.utterances": N_("over so many lines"),
    "digits_repeated.digits": N_("numbers of so many digits or more"),
    "hung_up.seconds": N_("no closing in the last seconds"),
    "clear_voice.least": N_("least certainty of the recogniser"),
}
"""By check and number, or by the number's name alone."""


def check_word(check: str, name: str) -> str:
    return CHECKS.get(f"{check}.{name}") or CHECKS[name]
