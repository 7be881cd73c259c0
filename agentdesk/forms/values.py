"""What stands in a form's fields: of what a setting says, and what a setting says of it. Pure.

What nobody changed stays as it was written, a default that was never written down stays so, and what cannot be right is
written as it was typed: the setting's own check says what is wrong with it.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from agentdesk.forms.fields import Field, Kind
from core.places import parts, written

Given = Mapping[str, Sequence[str]]
"""What a browser sends: each field of its form by name."""
Pairs = list[tuple[str, str]]

MISSING: Final = object()
CLOSED, OPEN = "closed", "open"
WHOLE_DAY = ("00:00", "24:00")
ON, KEYS, VALUES, BEGINS, ENDS = "#on", "#keys", "#values", "#from", "#to"
"""After a field's place: whether a record is there, a table's two columns, the ends of a day's spans."""
_WHOLE, _BROKEN = re.compile(r"[-+]?[0-9]{1,15}"), re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{1,10}")


def taken(fields: Sequence[Field], given: Given, at: str, known: Mapping[Any, Any]) -> dict[Any, Any]:
    """The record at the place `at`, of which the setting said `known`, as the form says it."""
    made = dict(known)
    for field in fields:
        value = _taken(field, given, f"{at}{written(field.name)}", known.get(field.name, MISSING))
        if value is MISSING:
            made.pop(field.name, None)
        else:
            made[field.name] = value
    return made


def _taken(field: Field, given: Given, place: str, known: Any) -> Any:
    match field.kind:
        case Kind.ENTRIES:
            return known
        case Kind.RECORD:
            return _record(field, given, place, known)
        case Kind.WEEK:
            return _week(field, given, place, known)
        case Kind.WORDS:
            return _words(given, place, known)
        case Kind.TABLE:
            return _table(field, given, place, known)
        case Kind.HOURS:
            return _hours(field, given, place, known)
    if place not in given:
        return known
    if field.kind is Kind.YES:
        ticked = "yes" in given[place]
        return known if ticked == shown(field, known) else ticked
    if field.kind in (Kind.TICKS, Kind.LINES):
        said = (
            [each for text in given[place] for each in text.split("\n")] if field.kind is Kind.LINES else given[place]
        )
        return _listed([each.strip() for each in said if each.strip()], shown(field, known), known)
    text = given[place][-1].strip()
    return known if text == shown(field, known) else _plain(field, text)


def _plain(field: Field, text: str) -> Any:
    """A text as the value that it means; MISSING for an empty one."""
    if not text:
        return MISSING
    match field.kind:
        case Kind.NUMBER if _WHOLE.fullmatch(text):
            return int(text)
        case Kind.NUMBER if _BROKEN.fullmatch(text):
            return float(text)
        case Kind.MAYBE:
            return {"yes": True, "no": False}.get(text, text)
        case Kind.DATE:
            return _day(text)
        case Kind.HOURS:
            return _opening([each.partition("-")[::2] for each in re.split(r"[,，\s]+", text) if each])
    return text


def _day(text: str) -> Any:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text


def _listed(now: list[str], before: list[str], known: Any) -> Any:
    if now == before or (not now and known is MISSING):
        return known
    return now


def _record(field: Field, given: Given, place: str, known: Any) -> Any:
    if field.optional:
        if place + ON not in given:
            return known
        if "yes" not in given[place + ON]:
            return MISSING
    was = known if isinstance(known, Mapping) else {}
    made = taken(filled(field), given, place, was)
    return made if made or field.optional or isinstance(known, Mapping) else MISSING


def filled(field: Field) -> tuple[Field, ...]:
    """A record's fields, with the defaults that it has where it is not written down."""
    own = field.default if isinstance(field.default, Mapping) else {}
    return tuple(replace(each, default=own.get(each.name, each.default)) for each in field.fields)


def _week(field: Field, given: Given, place: str, known: Any) -> Any:
    was = known if isinstance(known, Mapping) else {}
    assert field.each is not None
    made = dict(was)
    for name in field.choices:
        value = _taken(field.each, given, place + written(name), was.get(name, MISSING))
        if value is not MISSING:
            made[name] = value
    return made if made or isinstance(known, Mapping) else MISSING


def _words(given: Given, place: str, known: Any) -> Any:
    was = known if isinstance(known, Mapping) else {}
    made = dict(was)
    for name in [each for each in given if each.startswith(f"{place}/")]:
        language, text = parts(name)[-1], given[name][-1].strip()
        if text:
            made[language] = text
        else:
            made.pop(language, None)
    return made if made or isinstance(known, Mapping) else MISSING


def _table(field: Field, given: Given, place: str, known: Any) -> Any:
    keys, values = given.get(place + KEYS), given.get(place + VALUES)
    assert field.key is not None
    assert field.each is not None
    if keys is None or values is None:
        return known
    was = known if isinstance(known, Mapping) else field.default if isinstance(field.default, Mapping) else {}
    rows = [(key.strip(), value.strip()) for key, value in zip(keys, values, strict=False)]
    rows = [(key or "?", value) for key, value in rows if key or (value and field.each.kind is not Kind.CHOICE)]
    if rows == shown(field, known):
        return known
    by_text = {str(key): key for key in was}
    made = {}
    for text, value in rows:
        key = by_text.get(text, _plain(field.key, text))
        old = was.get(key, MISSING)
        made[key] = old if old is not MISSING and value == row_text(field.each, old) else _cell(field.each, value)
    return made if made or known is not MISSING else MISSING


def _cell(field: Field, text: str) -> Any:
    value = _plain(field, text)
    return (CLOSED if field.kind is Kind.HOURS else None) if value is MISSING else value


def _hours(field: Field, given: Given, place: str, known: Any) -> Any:
    if place + BEGINS not in given:
        return known
    pairs = zip(given[place + BEGINS], given.get(place + ENDS, ()), strict=False)
    said = [(begin.strip(), end.strip()) for begin, end in pairs]
    said = [each for each in said if any(each)]
    return known if said == shown(field, known) else _opening(said)


def _opening(pairs: Sequence[tuple[str, str]] | Sequence[Any]) -> Any:
    if list(pairs) == [WHOLE_DAY] or list(pairs) == [(OPEN, "")]:
        return OPEN
    return [f"{begin}-{end}" for begin, end in pairs] if pairs and list(pairs) != [(CLOSED, "")] else CLOSED


def shown(field: Field, value: Any) -> Any:
    """What stands in the field: a text; yes or no; lines; rows of a table; spans of hours."""
    if value is MISSING or value is None:
        value = field.default
    match field.kind:
        case Kind.YES:
            return value if isinstance(value, bool) else False
        case Kind.LINES | Kind.TICKS:
            return (
                [text_of(each) for each in value] if isinstance(value, Sequence) and not isinstance(value, str) else []
            )
        case Kind.TABLE:
            assert field.each is not None
            rows = value.items() if isinstance(value, Mapping) else ()
            return [(text_of(key), row_text(field.each, each)) for key, each in rows]
        case Kind.HOURS:
            return _spans(value)
    return text_of(value)


def row_text(field: Field, value: Any) -> str:
    """A value in a table, where hours are one text."""
    if field.kind is Kind.HOURS:
        return ", ".join(f"{begin}-{end}" if end else begin for begin, end in _spans(value))
    return text_of(value)


def _spans(value: Any) -> Pairs:
    match value:
        case "open":
            return [WHOLE_DAY]
        case list():
            return [(begin, end) for begin, _, end in (str(each).partition("-") for each in value)]
    return [] if value in (None, CLOSED) or isinstance(value, tuple) else [(str(value), "")]


def text_of(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
    return str(value)
