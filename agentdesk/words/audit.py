"""What the audit trail says beside a deed, in the reader's language. Pure.

The sentences of each deed are recognised, and each value in them is said as what its name tells it is. What is not
known here stays as it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from accounts.people import PersonPatch
from agentdesk.words.catalogue import N_
from agentdesk.words.codes import WORDS
from agentdesk.words.faults import fault_words
from agentdesk.words.refusals import REFUSALS
from agentdesk.words.titles import person_field
from core.errors import Refused

REFUSED = (N_("%(state)s: %(why)s"),)
LISTENED = (N_("%(mode)s agent %(agent)s phone %(phone)s"),)
FAULTY = (N_("version %(n)s, step %(step)s: %(fault)s"),)
DETAILS: dict[str, tuple[str, ...]] = {
    "notice_told": (N_("all: %(text)s"), "%(agent)s: %(text)s"),
    "recovery_code_used": (N_("%(n)s left"),),
    "callers_forgotten": (N_("kept %(n)s days"),),
    "tickets_forgotten": (N_("kept %(n)s days"),),
    "call_coded": (
        N_("%(agent)s: %(codes1)s → %(codes2)s, note"),
        "%(agent)s: %(codes1)s → %(codes2)s",
    ),
    "call_answered": ("%(agent)s",),
    "call_picked": ("%(agent)s",),
    "state_refused": REFUSED,
    "break_overruled": REFUSED,
    "shift_overruled": REFUSED,
    "shift_handed_over": (N_("%(n1)s tickets, %(n2)s call backs to %(agent)s"),),
    "shift_taken_over": (N_("from %(agent)s"),),
    "shift_not_handed_over": (N_("to %(agent)s"),),
    "shifts_planned": (N_("%(n1)s removed, %(n2)s planned: %(text)s"),),
    "supervision_started": LISTENED,
    "supervision_changed": LISTENED,
    "supervision_ended": LISTENED,
    "supervision_taken_over": LISTENED,
    "supervision_failed": LISTENED,
    "supervision_stopped": LISTENED,
    "supervision_unanswered": LISTENED,
    "ticket_moved": ("%(ticket1)s → %(ticket2)s",),
    "campaign_list": (N_("%(n1)s of %(n2)s"),),
    "campaign_changed": ("%(text)s: %(agents)s",),
    "review_judged": ("%(text1)s: %(verdict1)s → %(verdict2)s. %(text2)s",),
    "recording_deleted": (N_("%(fault1)s; sound %(fault2)s, sha256 %(mark1)s; text sha256 %(mark2)s"),),
    "menu_fault_acknowledged": FAULTY,
    "menu_fault_over": FAULTY,
}
"""Deed → its sentences, the first that fits; a digit tells two values of a kind apart."""
OF_PEOPLE = frozenset({"person_added", "person_changed", "person_restored", "person_blocked", "person_unblocked"})
"""Deeds that name fields of a person, from what to what."""

_FIELD = re.compile(rf"(?:^|, )({'|'.join(PersonPatch.model_fields)}): ")


@dataclass(frozen=True, slots=True)
class Details:
    """`names` of agents' numbers, `codes` what wrap-up codes are called, `skill` titles one, `say` translates."""

    names: Mapping[str, str]
    codes: Mapping[str, str]
    skill: Callable[[str], str]
    say: Callable[[str], str]

    def of(self, deed: str, text: str) -> str:
        if deed in OF_PEOPLE:
            return self._fields(text)
        for sentence in DETAILS.get(deed, ()):
            if found := _pattern(sentence).fullmatch(text):
                values = {name: self._value(name.rstrip("12"), said) for name, said in found.groupdict().items()}
                return self.say(sentence) % values
        return fault_words(text, self.say)

    def _fields(self, text: str) -> str:
        start, *pieces = _FIELD.split(text)
        if start:
            return text
        pairs = zip(pieces[::2], pieces[1::2], strict=True)
        return ", ".join(f"{self._word(f'field-{field}')}: {self._from_to(field, said)}" for field, said in pairs)

    def _from_to(self, field: str, said: str) -> str:
        try:
            told = [
                each if each == "–" else person_field(field, each, self.skill, self.say) for each in said.split(" → ")
            ]
        except Refused:  # cut off at the length of an entry
            return said
        return " → ".join(told)

    def _value(self, kind: str, said: str) -> str:
        match kind:
            case "state" | "mode" | "verdict":
                return self._word(said)
            case "ticket":
                return self._word("accepted-ticket" if said == "accepted" else said)
            case "why":
                return self._word(REFUSALS.get(said, said))
            case "agent":
                return f"{self.names.get(said, '')} {said}".strip()
            case "agents":
                return ", ".join(self._value("agent", each) for each in said.split(", "))
            case "codes":
                return ", ".join(self.codes.get(each, each) for each in said.split(" "))
            case "mark":
                return "–" if said == "none" else said
            case "fault":
                return fault_words(said, self.say)
            case _:
                return said

    def _word(self, code: str) -> str:
        return self.say(WORDS[code]) if code in WORDS else code


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", sentence)
    return re.compile("".join(f"(?P<{part}>.*?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.S)
