"""A whole menu file: its languages, phrases, shared prompts, waivers and steps."""

from typing import Annotated

from pydantic import Field

from ivr.schema.basic import (
    Assign,
    Branch,
    Goto,
    HangUp,
    Language,
    Menu,
    Message,
    Opening,
    Play,
    Queue,
    Return,
    Sub,
)
from ivr.schema.parts import DISTINCT, GlobalAction, Key, OutsideNumber, Part, Place, Prompt, StepName
from ivr.schema.service import CallBack, Collect, Lookup, Say, Survey, Transfer, Verify

AnyStep = Annotated[
    Menu | Play | Say | Language | Opening | Branch | Assign | Collect | Lookup | Verify | Queue | CallBack | Message
    | Survey | Transfer | Sub | Return | Goto | HangUp,
    Field(discriminator="kind"),
]  # fmt: skip


TROUBLE: dict[str, str] = {
    "zh": "非常抱歉，系统暂时出现问题，马上为您转接人工服务。",
    "en": "We are sorry, something is not working. We are connecting you to a person.",
}


class SpeechPhrases(Part):
    """What menus say to callers who may speak. `heard` and `confirm` stand around the name of an option."""

    invite: Prompt
    heard: Prompt
    confirm: Prompt
    again: Prompt
    keys_only: Prompt


class Phrases(Part):
    """What every menu says when it has no wording of its own."""

    wrong_key: Prompt
    no_key: Prompt
    sorry: Prompt = Field(description="said when something failed and nobody can be reached")
    speech: SpeechPhrases | None = Field(default=None, description="needed where a menu has `speak: true`")
    trouble: Prompt | None = Field(default=None, description="said when the menu is broken, on the way to a person")

    @property
    def trouble_part(self) -> tuple[Place, Prompt]:
        """The place and words of `trouble`, which a file need not give."""
        return ("phrases", "trouble"), TROUBLE if self.trouble is None else self.trouble


class Waiver(Part):
    """Why a rule of `hotline ivr lint` does not hold for a step."""

    rule: str
    step: StepName
    reason: str = Field(min_length=1)


class Flow(Part):
    """One menu file. `person` is where key 0 and every last resort lead; `languages[0]` is spoken first."""

    languages: tuple[str, ...] = Field(min_length=1)
    start: StepName
    person: StepName
    after_call: StepName | None = Field(
        default=None, description="where a caller goes on whose agent has hung up first, as to a survey"
    )
    keys: Annotated[dict[Key, GlobalAction], DISTINCT] = Field(default_factory=dict)
    priorities: dict[str, int] = Field(default_factory=dict, description="queue priority by tier")
    outside: dict[str, OutsideNumber] = Field(
        default_factory=dict, description="numbers a caller may be transferred to, by name"
    )
    phrases: Phrases
    prompts: dict[str, Prompt] = Field(default_factory=dict)
    waive: tuple[Waiver, ...] = ()
    steps: dict[StepName, AnyStep] = Field(min_length=1)

    def words(self, prompt: Prompt) -> dict[str, str]:
        """A prompt's words by language, a shared prompt's name looked up."""
        shared = self.prompts[prompt] if isinstance(prompt, str) else prompt
        return shared if isinstance(shared, dict) else {}


def spoken_places(flow: Flow) -> list[tuple[Place, Prompt]]:
    """Every prompt of the flow with its place in the file."""
    found: list[tuple[Place, Prompt]] = [
        (("phrases", "wrong_key"), flow.phrases.wrong_key),
        (("phrases", "no_key"), flow.phrases.no_key),
        (("phrases", "sorry"), flow.phrases.sorry),
    ]
    if flow.phrases.trouble is not None:
        found.append((("phrases", "trouble"), flow.phrases.trouble))
    if flow.phrases.speech is not None:
        found += [(("phrases", "speech", name), prompt) for name, prompt in iter(flow.phrases.speech)]
    found += [(("prompts", name), prompt) for name, prompt in flow.prompts.items()]
    for name, step in flow.steps.items():
        found += [(("steps", name, *place), prompt) for place, prompt in step.spoken() if prompt is not None]
    return found
