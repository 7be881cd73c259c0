"""The menu language: what a flow's YAML file may say. `ivr/menus.py` reads files and checks what they refer to."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Prompt = str | dict[str, str]
"""What is said: the name of a shared prompt of the file, or the words by language ({zh: …, en: …})."""

Key = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]
StepName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Variable = Literal["tier", "caller", "dialled", "language", "known"]
ContactBy = Literal["call_back", "sms", "email"]
GlobalAction = Literal["person", "back", "repeat"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Part):
    """One choice of a menu; without `say` it works but is not read out."""

    go: StepName
    say: Prompt | None = None


class Menu(_Part):
    """Says `prompt` and its options, takes one key. `retry` are the wordings of the second, third … reading.

    `in_every_language`: said in each language in turn; then a prompt may leave a language out.
    """

    kind: Literal["menu"]
    prompt: Prompt
    options: dict[Key, Option] = Field(min_length=1)
    timeout: float = Field(default=5, ge=1, le=60, description="seconds of silence after the prompt")
    retries: int = Field(default=2, ge=0, le=5, description="further readings after silence or a wrong key")
    retry: tuple[Prompt, ...] = ()
    wrong_key: Prompt | None = None
    no_key: Prompt | None = None
    last_resort: StepName | None = None
    in_every_language: bool = False
    barge_in: bool = True


class Play(_Part):
    kind: Literal["play"]
    prompt: Prompt
    next: StepName
    barge_in: bool = True
    in_every_language: bool = False


class Language(_Part):
    """From here on the caller is spoken to in `to`."""

    kind: Literal["language"]
    to: str
    next: StepName


class Opening(_Part):
    """Goes on at `open` or `closed` by the schedule of config/hours.yaml."""

    kind: Literal["hours"]
    schedule: str
    open: StepName
    closed: StepName


class Branch(_Part):
    """Goes on by what is known about the call, or by a variable set earlier."""

    kind: Literal["branch"]
    on: str = Field(description="tier, caller, dialled, language, known (yes/no) or a variable of a set step")
    cases: dict[str, StepName] = Field(min_length=1)
    otherwise: StepName


class Assign(_Part):
    kind: Literal["set"]
    values: dict[str, str] = Field(min_length=1)
    next: StepName


class Queue(_Part):
    """Hands the call to the distributor; the caller's language is always a required skill."""

    kind: Literal["queue"]
    to: str
    prompt: Prompt | None = None
    skills: dict[str, int] = Field(default_factory=dict)
    priorities: dict[str, int] | None = Field(default=None, description="by tier, instead of the file's")
    refused: StepName | None = Field(default=None, description="when the distributor does not take the call")


class Contact(_Part):
    by: ContactBy
    say: Prompt


class Message(_Part):
    """Records the caller after `prompt`, then asks how to answer; silence or hang-up means a call back."""

    kind: Literal["message"]
    prompt: Prompt
    contact: dict[Key, Contact] = Field(min_length=1)
    thanks: Prompt
    nothing_heard: Prompt
    schedule: str = Field(default="business", description="whose next working day is the deadline")
    longest: int = Field(default=120, ge=5, le=600)
    shortest: float = Field(default=1.0, ge=0, description="seconds below which nothing was said")
    silence: int = Field(default=5, ge=1, le=30)
    retries: int = Field(default=1, ge=0, le=5)
    timeout: float = Field(default=5, ge=1, le=60)


class Goto(_Part):
    kind: Literal["goto"]
    next: StepName


class HangUp(_Part):
    kind: Literal["hang_up"]
    prompt: Prompt | None = None


Step = Annotated[
    Menu | Play | Language | Opening | Branch | Assign | Queue | Message | Goto | HangUp, Field(discriminator="kind")
]


class Phrases(_Part):
    """What every menu says when it has no wording of its own."""

    wrong_key: Prompt
    no_key: Prompt
    sorry: Prompt = Field(description="said when something failed and nobody can be reached")


class Waiver(_Part):
    """Why a rule of `hotline ivr lint` does not hold for a step."""

    rule: str
    step: StepName
    reason: str = Field(min_length=1)


class Flow(_Part):
    """One menu file. `person` is where key 0 and every last resort lead; `languages[0]` is spoken first."""

    languages: tuple[str, ...] = Field(min_length=1)
    start: StepName
    person: StepName
    keys: dict[Key, GlobalAction] = Field(default_factory=dict)
    priorities: dict[str, int] = Field(default_factory=dict, description="queue priority by tier")
    phrases: Phrases
    prompts: dict[str, Prompt] = Field(default_factory=dict)
    waive: tuple[Waiver, ...] = ()
    steps: dict[StepName, Step] = Field(min_length=1)

    def words(self, prompt: Prompt) -> dict[str, str]:
        """A prompt's words by language, a shared prompt's name looked up."""
        shared = self.prompts[prompt] if isinstance(prompt, str) else prompt
        return shared if isinstance(shared, dict) else {}


def targets(step: Step) -> list[tuple[tuple[str, ...], str]]:
    """Every step this one can lead to by itself or by a key, with the place inside it that says so."""
    match step:
        case Menu():
            found: list[tuple[tuple[str, ...], str]] = [(("options", key), o.go) for key, o in step.options.items()]
            return found + ([(("last_resort",), step.last_resort)] if step.last_resort else [])
        case Opening():
            return [(("open",), step.open), (("closed",), step.closed)]
        case Branch():
            return [*((("cases", value), go) for value, go in step.cases.items()), (("otherwise",), step.otherwise)]
        case Play() | Language() | Assign() | Goto():
            return [(("next",), step.next)]
        case Queue():
            return [(("refused",), step.refused)] if step.refused else []
        case Message() | HangUp():
            return []


def spoken_places(flow: Flow) -> list[tuple[tuple[str, ...], Prompt]]:
    """Every prompt of the flow with its place in the file."""
    found: list[tuple[tuple[str, ...], Prompt]] = [
        (("phrases", "wrong_key"), flow.phrases.wrong_key),
        (("phrases", "no_key"), flow.phrases.no_key),
        (("phrases", "sorry"), flow.phrases.sorry),
    ]
    found += [(("prompts", name), prompt) for name, prompt in flow.prompts.items()]
    for name, step in flow.steps.items():
        found += [(("steps", name, *place), prompt) for place, prompt in _prompts_of(step)]
    return found


def _prompts_of(step: Step) -> list[tuple[tuple[str, ...], Prompt]]:
    found: list[tuple[tuple[str, ...], Prompt | None]] = []
    match step:
        case Menu():
            found = [(("prompt",), step.prompt), (("wrong_key",), step.wrong_key), (("no_key",), step.no_key)]
            found += [(("retry", str(index)), prompt) for index, prompt in enumerate(step.retry)]
            found += [(("options", key, "say"), option.say) for key, option in step.options.items()]
        case Message():
            found = [(("prompt",), step.prompt), (("thanks",), step.thanks), (("nothing_heard",), step.nothing_heard)]
            found += [(("contact", key, "say"), contact.say) for key, contact in step.contact.items()]
        case Play() | Queue() | HangUp():
            found = [(("prompt",), step.prompt)]
        case _:
            pass
    return [(place, prompt) for place, prompt in found if prompt is not None]
