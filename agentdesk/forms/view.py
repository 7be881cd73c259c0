"""A form as it is drawn: fields with what stands in them and what is wrong there, entries as lines of a table. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentdesk.forms.faults import Fault
from agentdesk.forms.fields import SIMPLE, Field, Kind
from agentdesk.forms.values import MISSING, filled, row_text, shown, text_of
from core import places
from core.places import APPENDED, written

SPARE_ROWS = 2
COLUMNS = 4
MOST_LINES = 200
"""Entries shown at once; who has more looks for words."""
OPEN_NAMES = frozenset({"skill", "step", "team", "agent-or-default", "queue-or-class"})
"""What may be named that is not there yet."""
Names = Mapping[str, Mapping[str, str]]
"""By kind of thing: what there is, and how it is called."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: `languages` are the site's, `names` what can be named, `words` what entries are looked for by."""

    language: str
    languages: tuple[str, ...]
    translate: Callable[[str], str]
    names: Names
    faults: Sequence[Fault] = ()
    words: str = ""

    def at(self, place: str) -> list[Fault]:
        return [each for each in self.faults if each.place == place]

    def below(self, place: str) -> bool:
        return any(each.place == place or each.place.startswith(f"{place}/") for each in self.faults)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of many: its cells, and whether something in it is wrong."""

    place: str
    key: str
    cells: list[str]
    wrong: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """One field. `value` as `values.shown`; `options`: what can be chosen, with titles; `keys` the same of a table.

    `open`: other names may be written as well. `on`: an optional record is there. `lines` of entries, `more` are left
    out; `columns` are their titles.
    """

    field: Field
    place: str
    value: Any
    faults: list[Fault]
    options: Mapping[str, str]
    keys: Mapping[str, str]
    open: bool
    on: bool = True
    parts: Sequence["Drawn"] = ()
    columns: Sequence[str] = ()
    lines: Sequence[Line] = ()
    more: int = 0


def drawn(fields: Sequence[Field], content: Any, at: str, reader: Reader) -> list[Drawn]:
    """The fields of the record at the place `at`, which says `content`."""
    known = content if isinstance(content, Mapping) else {}
    return [_drawn(each, known.get(each.name, MISSING), at + written(each.name), reader) for each in fields]


def _drawn(field: Field, value: Any, place: str, reader: Reader) -> Drawn:
    options, keys = choices(field, reader), dict(reader.names.get(field.say.keys, {}))
    stands = shown(field, value)
    if options and field.kind in SIMPLE and stands and stands not in options:
        options = {**options, stands: stands}
    parts: Sequence[Drawn] = ()
    on = True
    match field.kind:
        case Kind.RECORD:
            on = not field.optional or isinstance(value, Mapping)
            parts = drawn(filled(field), value, place, reader)
        case Kind.WEEK if field.each is not None:
            known = value if isinstance(value, Mapping) else {}
            parts = [_drawn(field.each, known.get(day, MISSING), place + written(day), reader) for day in field.choices]
        case Kind.WORDS:
            stands = _words(value, reader)
        case Kind.TABLE:
            stands = [*stands, *[("", "")] * SPARE_ROWS]
        case Kind.HOURS:
            stands = [*stands, *[("", "")] * max(1, 2 - len(stands))]
        case Kind.ENTRIES:
            return _entries(field, value, place, reader)
    return Drawn(field, place, stands, reader.at(place) + _keyless(field, place, reader), options, keys,
                 field.say.names in OPEN_NAMES, on, parts)  # fmt: skip


def _keyless(field: Field, place: str, reader: Reader) -> list[Fault]:
    """What is wrong in a field whose parts are not drawn as fields."""
    if field.kind in (Kind.TABLE, Kind.LINES, Kind.TICKS, Kind.WORDS, Kind.HOURS):
        return [each for each in reader.faults if each.place.startswith(f"{place}/")]
    return []


def choices(field: Field, reader: Reader) -> dict[str, str]:
    """What a value may be, with its title."""
    if field.say.names:
        return dict(reader.names.get(field.say.names, {}))
    own = field.choices or (field.each.choices if field.each else ())
    titled = {each: reader.translate(field.say.options.get(each, each)) for each in own}
    if field.kind is Kind.MAYBE:
        titled = {"yes": reader.translate("Yes"), "no": reader.translate("No")}
    return titled


def _words(value: Any, reader: Reader) -> dict[str, str]:
    known = value if isinstance(value, Mapping) else {}
    return {language: text_of(known.get(language)) for language in dict.fromkeys((*reader.languages, *map(str, known)))}


def _entries(field: Field, value: Any, place: str, reader: Reader) -> Drawn:
    told = [each for each in field.fields if each.kind not in (Kind.ENTRIES, Kind.RECORD, Kind.WEEK)][:COLUMNS]
    found = []
    for key in places.keys(value):
        each = value[key]
        known = each if isinstance(each, Mapping) else {}
        cells = [cell(one, known.get(one.name, MISSING), reader) for one in told]
        line = Line(place + written(key), text_of(key), cells, reader.below(place + written(key)))
        if reader.words.lower() in " ".join([line.key, *cells]).lower():
            found.append(line)
    columns = [each.say.title for each in told]
    return Drawn(field, place, len(found), reader.at(place), {}, {}, False, columns=columns,
                 lines=found[:MOST_LINES], more=max(0, len(found) - MOST_LINES))  # fmt: skip


def cell(field: Field, value: Any, reader: Reader) -> str:
    """What a field says, in a few words."""
    stands, options = shown(field, value), choices(field, reader)
    match field.kind:
        case Kind.WORDS:
            known = {language: text for language, text in _words(value, reader).items() if text}
            return known.get(reader.language) or next(iter(known.values()), "")
        case Kind.YES:
            return reader.translate("Yes") if stands else ""
        case Kind.TABLE:
            keys = reader.names.get(field.say.keys, {})
            return ", ".join(f"{keys.get(key, key)} {options.get(text, text)}".strip() for key, text in stands)
        case Kind.LINES | Kind.TICKS:
            return ", ".join(options.get(each, each) for each in stands)
        case Kind.HOURS:
            return row_text(field, value if value is not MISSING else field.default)
    told = options.get(stands, stands)
    return f"{told} {reader.translate(field.say.unit)}" if told and field.say.unit else str(told)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in the setting a form is: the record's fields, and the steps on the way to it, with a title (in English)
    or a key each.

    `keyed`: the record is an entry with the key `key`; `fresh`: it is not there yet.
    """

    at: str
    fields: tuple[Field, ...]
    steps: tuple[tuple[str, str, str], ...] = ()
    keyed: Field | None = None
    key: str = ""
    fresh: bool = False


def spot(form: Field, at: str) -> Spot | None:
    """None where the form has no record there."""
    field, steps, entry = form, [("", form.say.title, "")], ""
    fore = ""
    for part in places.parts(at):
        fore += written(part)
        if field.kind is Kind.ENTRIES and not entry:
            entry = part
            steps.append((fore, "", part) if field.keyed else (fore, field.say.title, _numbered(part)))
            continue
        found = field.part(part)
        if found is None or found.kind not in (Kind.ENTRIES, Kind.RECORD):
            return None
        field, entry = found, ""
        if found.kind is Kind.RECORD:
            steps.append((fore, found.say.title, ""))
    if field.kind is Kind.ENTRIES and not entry:
        return None
    keyed = field if field.kind is Kind.ENTRIES and field.keyed else None
    return Spot(at, field.fields, tuple(steps), keyed, entry if keyed else "", entry == APPENDED)


def _numbered(index: str) -> str:
    """As people count."""
    return str(int(index) + 1) if index.isdecimal() else ""
