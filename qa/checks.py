"""The checks a rule pack may use: what each needs to know, as data. What they do is in `qa/detectors`."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recordings.transcript import CallType, Direction, EndedBy, Speaker

NAMES_FAMILIES = "names phrase families"
"""Marks fields whose values are names of phrase families of the pack."""

Families = Annotated[tuple[str, ...], NAMES_FAMILIES]
Names = Annotated[tuple[str, ...], Field(min_length=1), NAMES_FAMILIES]
"""At least one of them."""

Positive = Annotated[float, Field(gt=0)]


class Text(BaseModel):
    """The same words in both languages of the house."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str


class BaseCheck(BaseModel):
    """`share`: the part of the row's weight a failure costs; `call_types`, `directions`: the calls it applies to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: float = Field(default=1.0, gt=0, le=1)
    call_types: tuple[CallType, ...] = ()
    directions: tuple[Direction, ...] = ()


class Says(BaseCheck):
    """Fails (or asks for a review) at every hit of a family; hits in fewer than `lines` utterances give a review."""

    check: Literal["says"]
    families: Names
    by: Speaker = Speaker.AGENT
    verdict: Literal["fail", "review"] = "fail"
    each: float = Field(default=1.0, gt=0, le=1, description="part of `share` each occurrence costs")
    lines: int = Field(default=1, ge=1)
    off_hold: bool = Field(default=False, description="hits while on hold or muted do not count")


class Reads(BaseCheck):
    """Fails (or asks for a review) at a turn that weighs `least` against the row (`qa/weigh.py`).

    The weights are the pack's `manner`. A turn with an `unread` family tells another's words or opens the call; one
    with a sure hit of a phrase that fails a row is explained by it.
    """

    check: Literal["reads"]
    row: str
    least: float
    unread: Families = ()
    verdict: Literal["fail", "review"] = "fail"

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_written(cls, given: Any) -> Any:
        """Sites have published packs of before 2.3: with `repeats` for `unread`, and a second limit, `of_row`."""
        if not isinstance(given, dict):
            return given
        names = {"repeats": "unread"}
        return {names.get(name, name): value for name, value in given.items() if name != "of_row"}


class MustSay(BaseCheck):
    """Fails when no family is said near a moment: within `seconds` of it or in the speaker's `utterances` nearest.

    `weak` families alone give a review. `unless_ended_by`, `unless_event`: then a missing phrase is not judged, except
    (of the former) where the speaker went on after the other side had said a `chance` family in one of its last
    utterances, or himself says a `closes` family near the moment. Nor where he says an `unless_said` family: the talk
    could not go its way.
    """

    check: Literal["must_say"]
    what: Text
    families: Names
    weak: Families = ()
    by: Speaker = Speaker.AGENT
    at: Literal["start", "end"]
    seconds: Positive
    utterances: int = Field(default=1, ge=0)
    unless_ended_by: tuple[EndedBy, ...] = ()
    chance: Families = ()
    closes: Families = ()
    unless_event: tuple[str, ...] = ()
    unless_said: Families = ()


class AskedBefore(BaseCheck):
    """Fails when an event came without consent within `seconds` before it.

    Consent is: an `asks` family by the agent; or a `mentions` family by the agent answered by an `agrees` family or
    joined with a `courtesy` family; or a `courtesy` family answered by an `agrees` family; or a `requests` family by
    the customer. A mention beside a `restates` family repeats what the customer wants and asks for nothing.
    """

    check: Literal["asked_before"]
    event: str
    seconds: Positive
    asks: Names
    mentions: Families = ()
    courtesy: Families = ()
    agrees: Families = ()
    requests: Families = ()
    request_seconds: Positive = 60
    restates: Families = ()


class Follows(BaseCheck):
    """After each end of an `event`, or each hit of a `cue` family, `by` must say a family within `seconds`.

    Events shorter than `shortest` bring no duty. Where an `asked` family came before each event, it is a review only.
    """

    check: Literal["follows"]
    what: Text
    families: Names
    seconds: Positive
    by: Speaker = Speaker.AGENT
    event: str = ""
    shortest: float = Field(default=0, ge=0)
    asked: Families = ()
    cue: Families = ()
    cue_by: Speaker = Speaker.CUSTOMER
    verdict: Literal["fail", "review"] = "fail"


class Lasts(BaseCheck):
    """Asks for a review of every `event` longer than `seconds`.

    Fails one longer than `longest`, unless the agent says an `excused` family.
    """

    check: Literal["lasts"]
    event: str
    seconds: Positive
    longest: Positive | None = None
    excused: Families = ()


class Unheld(BaseCheck):
    """Asks for a review of a silence of both sides of `seconds` after a `waits` family without hold or mute."""

    check: Literal["unheld"]
    waits: Names
    seconds: Positive


class Rate(BaseCheck):
    """Fails when hits per `per` leave [min, max]; `runs` families (the same filler again and again) fail by count."""

    check: Literal["rate"]
    families: Names
    per: Literal["minute", "hundred"]
    min: float | None = None
    max: float | None = None
    hits: int = Field(default=1, ge=1, description="too many begins at this many hits")
    from_size: int = Field(default=30, ge=1, description="tokens the agent must have said to be judged")
    from_turns: int | None = Field(default=None, description="or so many lines, however short")
    body_min: float | None = Field(default=None, description="least rate without the first and last utterance")
    body_size: int = 60
    runs: Families = ()
    most_runs: int = Field(default=1, ge=0)
    single_only: bool = Field(default=False, description="utterances that are nothing but hits do not count")


class FirstWord(BaseCheck):
    """Fails when it is silent for `seconds` before the agent's first word, or the customer calls `calls` times."""

    check: Literal["first_word"]
    seconds: Positive
    calling: Names
    calls: int = Field(default=3, ge=1)


class CutsIn(BaseCheck):
    """Fails when the agent starts `after` seconds into the customer's speech and both go on for `over` seconds."""

    check: Literal["cuts_in"]
    after: Positive
    over: Positive
    noises: Names
    noise_size: int = 6


class LateAnswer(BaseCheck):
    """Fails when the agent is silent for `seconds` after the customer stopped, not on hold.

    Not where the customer has asked for a moment himself (`pauses`), nor where the agent then asks whether he is
    still there (`lost`) of somebody who asked nothing.
    """

    check: Literal["late_answer"]
    seconds: Positive
    questions: Names
    acknowledges: Names
    calling: Names
    waits: Names
    pauses: Families = ()
    lost: Families = ()


class Pace(BaseCheck):
    """Asks for a review when the agent speaks at `times` the own median and above `limit` tokens a second.

    Or, where the sound was measured, `louder` dB above the own median. Needs `utterances` of `from_size` tokens.
    """

    check: Literal["pace"]
    times: Positive
    limit: Positive
    louder: Positive = 9
    from_size: int = 8
    utterances: int = 2


class Adjusts(BaseCheck):
    """The customer asks for slower speech: fails unless the agent's pace falls to `slower` of what it was.

    For louder speech: fails unless the level rises by `louder` dB; a person decides where no level was measured.
    """

    check: Literal["adjusts"]
    slow_down: Names
    speak_up: Names
    slower: float = Field(gt=0, le=1)
    louder: Positive = 2
    utterances: int = 3


class Duty(BaseModel):
    """When a topic family is said by either side, or `by` one, the agent must say a notice family.

    Anywhere in the call, or `within` seconds of the topic. `sold`: whoever names it first, naming it offers it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: Text
    said: Names
    notice: Names
    by: Speaker | None = None
    within: Positive | None = None
    sold: bool = False
    verdict: Literal["fail", "review"] = "fail"


class Duties(BaseCheck):
    """Not judged when the call was transferred: the duty went with it.

    A topic that only the agent named is not due when he says a `postponed` family; except in campaigns, where it is
    `sold` and where the customer `accepts` it is a review: he may speak of what is done already. A line that names the
    topic with a `done` family and without a `wanted` one tells of past business and brings no duty. What stands beside
    a `restates` family the agent only repeats: the topic is the customer's.
    """

    check: Literal["duties"]
    postponed: Families = ()
    done: Families = ()
    wanted: Families = ()
    restates: Families = ()
    accepts: Families = ()
    duties: Annotated[tuple[Duty, ...], Field(min_length=1)]


class Step(BaseModel):
    """One thing the agent says, within `seconds` of the first word; `after`: steps that must stand before it.

    `new_figures`: hits tell something only with a numeral in them that the customer has not said before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    what: Text
    families: Names
    required: bool = True
    seconds: Positive | None = None
    new_figures: bool = False
    after: tuple[str, ...] = ()


class Steps(BaseCheck):
    """Fails when a required step is missing, or a step comes before or without one it must follow.

    Not judged where the agent says an `unless_said` family: the talk could not go its way.
    """

    check: Literal["steps"]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    identity: bool = Field(default=False, description="only calls that require the customer's identity")
    from_size: int = Field(default=0, description="tokens the agent must have said before a missing step counts")
    unless_event: tuple[str, ...] = ()
    unless_said: Families = ()


class Verified(BaseCheck):
    """In calls that require it: fails when the agent says no family, or only after a `before` one with new figures.

    Not judged when the agent `declines`.
    """

    check: Literal["verified"]
    families: Names
    before: Families = ()
    declines: Families = ()


class DigitsRepeated(BaseCheck):
    """Fails when the agent repeats a number of the customer's with other digits and does not put it right."""

    check: Literal["digits_repeated"]
    digits: int = Field(default=4, ge=2)
    within: Positive = 40


class TicketCheck(BaseCheck):
    """`linked`: a ticket exists; `in_time`: it is not overdue; `handled`: in time and in no state of `bad`.

    For a person to judge: `same_matter`: a complaint was filed as one, where the ticket's category is known;
    `no_complaint`: the ticket is none of a complaint, by its category or else by the type of the call. Where a call has
    several, one that does what is asked is enough, and one that is overdue, or a complaint's, counts.
    """

    check: Literal["ticket"]
    need: Literal["linked", "in_time", "handled", "same_matter", "no_complaint"]
    bad: tuple[str, ...] = ()


class HungUp(BaseCheck):
    """Fails when the agent's side ended the call after the customer's last words without a closing phrase.

    Also after a `dismissals` family of the agent's own, or a `breaks_off` family in answer to a `protests` one.
    """

    check: Literal["hung_up"]
    closings: Names
    seconds: Positive
    farewells: Names
    protests: Names
    dismissals: Names
    breaks_off: Families = ()


class ClearVoice(BaseCheck):
    """Asks for a review when the mean recogniser confidence of the agent's speech is below `least`."""

    check: Literal["clear_voice"]
    least: float = Field(gt=0, le=1)


class Identity(BaseCheck):
    """Asks for a review when a family speaks against the identification, or the agent uses another name than given.

    `called_wrongly` counts in outbound calls only; `behalf` (the customer asks for somebody else) where identification
    is required, unless the agent `declines`; `surnames` names the pack's word list of family names.
    """

    check: Literal["identity"]
    doubts: Names
    called_wrongly: Families = ()
    behalf: Families = ()
    declines: Families = ()
    surnames: str = "姓"


class Manual(BaseCheck):
    """A person decides."""

    check: Literal["manual"]


Check = Annotated[
    Says | Reads | MustSay | AskedBefore | Follows | Lasts | Unheld | Rate | FirstWord | CutsIn | LateAnswer | Pace
    | Adjusts | Duties | Steps | Verified | DigitsRepeated | TicketCheck | HungUp | ClearVoice | Identity | Manual,
    Field(discriminator="check"),
]  # fmt: skip

CHECKS: tuple[type[BaseCheck], ...] = get_args(get_args(Check)[0])
"""All of them, in the order in which they are told."""
