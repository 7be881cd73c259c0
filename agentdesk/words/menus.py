"""The words of the menus' pages for codes that `ivr` uses. English here, Chinese in the catalogue."""


def N_(text: str) -> str:
    """Marks a text for the catalogue without translating it here."""
    return text


MENUS: dict[str, str] = {
    # what a walk through a draft shows
    "walk-step": N_("Step"),
    "walk-hears": N_("Hears"),
    "walk-presses": N_("Presses"),
    "walk-says": N_("Says"),
    "walk-silent": N_("Is silent"),
    "walk-hangs up": N_("Hangs up"),
    "walk-records": N_("Speaks"),
    "walk-language": N_("Language"),
    "walk-answer by": N_("Answer by"),
    "walk-looks up": N_("Look-up"),
    "walk-unasked": N_("Not asked"),
    "walk-unheard": N_("Not heard"),
    "walk-verifies": N_("Identity"),
    "walk-call back": N_("Call back"),
    "walk-transfer": N_("Transfer"),
    "walk-talks": N_("Talks to an agent"),
    "walk-end-outside": N_("connected with a number outside"),
    "walk-queue": N_("Queue"),
    "walk-end": N_("End"),
    "walk-end-queue": N_("in the queue"),
    "walk-end-message": N_("with a message"),
    "walk-end-self_service": N_("served by the menu"),
    "walk-end-failed": N_("failed"),
    "walk-end-hung_up": N_("hung up"),
    "walk-end-menu": N_("still in the menu"),
    "walk-proves": N_("Proven"),
    "walk-trouble": N_("Fault"),
    # what is wrong with a running menu
    "fault-prompt": N_("A prompt cannot be heard"),
    "fault-value": N_("A value cannot be read aloud"),
    "fault-lookup": N_("A look-up fails"),
    "fault-circle": N_("The menu walks in circles"),
    "fault-return": N_("A return leads nowhere"),
    "fault-queue": N_("A queue is gone"),
    "fault-transfer": N_("An outside number cannot be reached"),
    "fault-message": N_("A message cannot be kept"),
    "fault-hearing": N_("Callers are not heard"),
    "fault-stopped": N_("Calls could not go on"),
    "fault-version": N_("A version cannot be taken"),
    # trials
    "trial-taken": N_("The challenger was taken"),
    "trial-dropped": N_("The challenger was dropped"),
    "self_service_rate": N_("Served by the menu alone"),
    "abandonment_rate": N_("Hung up before help"),
    "queued_rate": N_("Went to the queue"),
    "seconds_to_person": N_("Time to the queue"),
    "seconds_to_answer": N_("Time to an agent"),
    "beyond_chance": N_("A difference beyond chance"),
    "chance": N_("Chance alone may make such a difference"),
    "too_few": N_("Too few calls to tell"),
    # why a change is refused
    "unchanged": N_("The live version says exactly this already."),
    "trial_runs": N_("Two versions run side by side: take or drop the challenger first."),
    "no_reason": N_("Say why: the reason is kept with the version."),
    "never_published": N_("There is no live version to compare with."),
}

RULES: dict[str, str] = {
    "unreachable": N_("No way leads to this step"),
    "endless-loop": N_("Steps lead to each other without asking the caller"),
    "silent-loop": N_("A caller who presses nothing walks in circles"),
    "dead-end": N_("Somebody is hung up on without any other way"),
    "no-hours": N_("A queue without hours among queues that have them"),
    "person-far": N_("A person is not within two keys"),
    "too-many-options": N_("More options than a caller keeps in mind"),
    "too-deep": N_("More levels than a caller keeps in mind"),
    "long-before-choice": N_("Too much speech before the first option"),
    "long-prompt": N_("More speech in one piece than anybody listens to"),
    "unspoken-option": N_("An option is never read out"),
    "no-second-chance": N_("Silence or a wrong key is not forgiven once"),
    "same-words": N_("Whoever did not understand hears the same words again"),
    "against-use": N_("The options used most are not read out first"),
    "advertising": N_("Advertising before or in the main menu"),
    "never-true": N_("A case or range that no caller ever meets"),
    "open-secret": N_("A password or code is collected as if it were no secret"),
    "sound-alike": N_("Words for one option may be taken for another"),
    "speak-without-key": N_("An option can be spoken, but its key is never read out"),
    "other-key": N_("An option's words name another key"),
    "foreign-words": N_("Words that the Chinese voice cannot say"),
    "no-words": N_("A prompt in which there is nothing to say"),
    "idle-waiver": N_("A waiver that nothing needs"),
}
"""The rules of `ivr.lint` by name."""
