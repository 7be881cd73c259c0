"""The rules by name, why each exists, and what a check found."""

from collections.abc import Mapping
from dataclasses import dataclass

RULES = {
    "unreachable": "a step that no way leads to, and no queue",
    "endless-loop": "steps that lead to each other without asking the caller",
    "silent-loop": "a caller who presses nothing walks in circles instead of reaching somebody",
    "dead-end": "who is refused or says nothing is hung up on without any other way; nowhere to return to",
    "no-hours": "a queue without hours in a file whose other queues have them: at night nobody is there",
    "unknown-skill": "a queue asks for a skill that neither queues.yaml names nor anybody has: callers wait for nobody",
    "person-far": "a person is not within two keys",
    "too-many-options": "more options than a caller keeps in mind",
    "too-deep": "more levels than a caller keeps in mind",
    "long-before-choice": "too much speech since the caller's last key before the first or the last option",
    "long-prompt": "more speech in one piece than anybody listens to",
    "unspoken-option": "an option that is never read out",
    "no-second-chance": "silence or a wrong key is not forgiven once",
    "same-words": "whoever did not understand hears the same words again",
    "sound-alike": "what a caller says for one option may be taken for another",
    "speak-without-key": "an option that can be spoken, but whose key is never read out",
    "against-use": "the options used most are not read out first",
    "advertising": "advertising before or in the main menu",
    "never-true": "a case or range of a branch that no caller ever meets",
    "open-secret": "a password or code is collected as if it were no secret",
    "other-key": "the words of an option name another key than its own",
    "foreign-words": "words that the voice of their language cannot say, or spells letter by letter",
    "silent-wait": "a service may be awaited for long, and the caller hears nothing meanwhile",
    "never-said": "words under `retry` for more times than the question is put",
    "no-words": "a prompt in which there is nothing to say",
    "idle-waiver": "a waiver that nothing needs, or of a rule or step that does not exist",
}

Use = Mapping[str, Mapping[str, int]]
"""How often each key led on, by step."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`step` of the flow, '' for the file's own phrases; `rule` of RULES, `waived` the file's reason or empty; `line`
    of the file, 0 if unknown.

    `place` inside of the step (of the file, where there is none), where it is known.
    """

    step: str
    rule: str
    problem: str
    waived: str = ""
    line: int = 0
    place: tuple[str, ...] = ()
