"""What a setting's form has: the fields of the model that checks the file, from its JSON schema. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel

from agentdesk.forms.say import Say
from agentdesk.forms.saying import SAYINGS


class Kind(StrEnum):
    """`entries`: records by key or in a list, each with a form of its own. `record`: fields within the fields.

    `words`: a text by language. `lines`: a list of texts. `ticks`: some of a few. `table`: a value by key; `week`: one
    by each of a few keys. `hours`: spans of a day. `maybe`: yes, no, or neither.
    """

    TEXT = "text"
    NUMBER = "number"
    YES = "yes"
    MAYBE = "maybe"
    CHOICE = "choice"
    DATE = "date"
    HOURS = "hours"
    WORDS = "words"
    LINES = "lines"
    TICKS = "ticks"
    TABLE = "table"
    WEEK = "week"
    RECORD = "record"
    ENTRIES = "entries"


DEEPEST = 3
"""Entries of one model within each other, such as codes below topics, have forms down to this level."""

SIMPLE = (Kind.TEXT, Kind.NUMBER, Kind.CHOICE, Kind.DATE, Kind.MAYBE)


@dataclass(frozen=True, slots=True)
class Field:
    """`say` has its words. `choices`: the values that it may have; `key` and `each` are those of a table, `each` that
    of a list or week, `fields` those of a record or of each entry. `keyed`: entries have keys. `optional`: a record
    that may be left out."""

    name: str
    kind: Kind
    say: Say
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    whole: bool = False
    key: "Field | None" = None
    each: "Field | None" = None
    fields: tuple["Field", ...] = ()
    keyed: bool = False
    optional: bool = False

    def part(self, name: str) -> "Field | None":
        return next((each for each in self.fields if each.name == name), None)


@dataclass(frozen=True, slots=True)
class _Schema:
    defs: Mapping[str, Any] = field(default_factory=dict)
    above: tuple[str, ...] = ()

    def resolved(self, schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        """Without references, and whether it may be null."""
        null = False
        while True:
            if "$ref" in schema:
                schema = {**self.defs[schema["$ref"].rpartition("/")[2]], **_besides(schema)}
            elif "anyOf" in schema:
                kept = [each for each in schema["anyOf"] if each.get("type") != "null"]
                null, schema = len(kept) < len(schema["anyOf"]), {**kept[0], **_besides(schema)}
            else:
                return schema, null

    def fields(self, schema: Mapping[str, Any]) -> tuple[Field, ...]:
        title, needed = schema["title"], schema.get("required", ())
        inside = replace(self, above=(*self.above, title))
        deep = inside.above.count(title) == DEEPEST
        return tuple(
            inside.field(f"{title}.{name}", name, each, name in needed)
            for name, each in schema["properties"].items()
            if not (deep and self.resolved(_each(each))[0].get("title") == title)
        )

    def field(self, place: str, name: str, schema: Mapping[str, Any], required: bool = False) -> Field:
        found, null = self.resolved(schema)
        say = SAYINGS.get(place, Say(name))
        kind = _kind(found, say, self.resolved(_each(found))[0], null)
        nested = found if kind is Kind.RECORD else self.resolved(_each(found))[0]
        holds = kind in (Kind.RECORD, Kind.ENTRIES)
        inner = kind in (Kind.TABLE, Kind.WEEK, Kind.LINES, Kind.TICKS)
        each = self.field(f"{place}.each", "", _each(found)) if inner else None
        names = found.get("propertyNames", {})
        return Field(
            name, kind, say, required, found.get("default"),
            choices=tuple(map(str, found.get("enum") or (names.get("enum", ()) if kind is Kind.WEEK else ())))
            or (each.choices if each and kind is Kind.TICKS else ()),
            least=found.get("minimum", found.get("exclusiveMinimum")),
            most=found.get("maximum", found.get("exclusiveMaximum")),
            whole=found.get("type") == "integer",
            key=self.field(f"{place}.key", "", {"type": "string", **names}) if inner or holds else None,
            each=each,
            fields=self.fields(nested) if holds else (),
            keyed=found.get("type") == "object",
            optional=kind is Kind.RECORD and found.get("default", None) is None and not required,
        )  # fmt: skip


@cache
def form_of(model: type[BaseModel]) -> Field:
    """The whole file as one record."""
    schema = model.model_json_schema()
    fields = _Schema(schema.get("$defs", {})).fields(schema)
    return Field("", Kind.RECORD, Say(schema["title"]), True, fields=fields, keyed=True)


def _besides(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in ("$ref", "anyOf", "title")}


def _each(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a list's items, or of a mapping's values."""
    by_pattern = next(iter(schema.get("patternProperties", {"": None}).values()))
    found = schema.get("items") or by_pattern or schema.get("additionalProperties") or {}
    return found if isinstance(found, Mapping) else {}


def _kind(schema: Mapping[str, Any], say: Say, each: Mapping[str, Any], null: bool) -> Kind:
    match schema.get("type"):
        case "object" if say.kind == Kind.WORDS or schema.get("title") == "Text":
            return Kind.WORDS
        case "object" if "properties" in schema:
            return Kind.RECORD
        case "object" if "properties" in each:
            return Kind.ENTRIES
        case "object":
            return Kind.WEEK if "enum" in schema.get("propertyNames", {}) else Kind.TABLE
        case "array" if "prefixItems" in each:
            return Kind.HOURS
        case "array" if "properties" in each:
            return Kind.ENTRIES
        case "array":
            return Kind.TICKS if "enum" in each or say.names else Kind.LINES
        case "boolean":
            return Kind.MAYBE if null else Kind.YES
        case "integer" | "number":
            return Kind.NUMBER
    if "enum" in schema:
        return Kind.CHOICE
    return Kind.DATE if schema.get("format") == "date" else Kind.TEXT
