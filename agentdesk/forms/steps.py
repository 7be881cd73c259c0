"""What people do in a form, as another content of the setting. Pure."""

from dataclasses import dataclass, replace
from typing import Any

from agentdesk.forms.fields import Field
from agentdesk.forms.values import Given, taken
from agentdesk.forms.view import spot
from core import places
from core.errors import NotFound
from core.places import APPENDED, written

KEY = "#key"
"""The field with an entry's key."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`content` of the setting, and where in it the form is. `refusal`: why what was typed, `kept`, is not in it."""

    content: Any
    at: str = ""
    refusal: str = ""
    kept: Any = None


def filled_in(form: Field, draft: Draft, given: Given) -> Draft:
    """The content with what stands in the form of `draft.at`."""
    where = spot(form, draft.at)
    if where is None:
        return replace(draft, at="")
    try:
        known = {} if where.fresh else places.at(draft.content, draft.at)
    except NotFound:
        return replace(draft, at="")
    made = taken(where.fields, given, draft.at, known if isinstance(known, dict) else {})
    fore = draft.at.rpartition("/")[0]
    key = given.get(KEY, [""])[-1].strip()
    if where.keyed is None:
        if where.fresh and not made:
            return replace(draft, at=_above(form, draft.at))
        content = places.put(_with_list(draft.content, fore) if where.fresh else draft.content, draft.at, made)
        at = f"{fore}/{len(places.at(content, fore)) - 1}" if where.fresh else draft.at
        return replace(draft, content=content, at=at)
    if not key and (made or not where.fresh):
        return replace(draft, refusal="key_missing", kept=made)
    if not key:
        return replace(draft, at=_above(form, draft.at))
    return _keyed(draft, fore, key, where.key, made)


def _keyed(draft: Draft, fore: str, key: str, was: str, made: Any) -> Draft:
    """The entry under its key of now."""
    content = draft.content
    try:
        siblings = places.at(content, fore)
    except NotFound:
        siblings = {}
    if key != was and key in map(str, places.keys(siblings)):
        return replace(draft, refusal="key_taken", kept=made)
    at = f"{fore}{written(key)}"
    if was == APPENDED:
        content = places.put(content, fore, {}) if not isinstance(siblings, dict) or not siblings else content
    elif key != was:
        content = places.renamed(content, draft.at, key)
    return replace(draft, content=places.put(content, at, made), at=at)


def _with_list(content: Any, place: str) -> Any:
    try:
        known = places.at(content, place)
    except NotFound:
        known = None
    return content if isinstance(known, list) else places.put(content, place, [])


def _above(form: Field, at: str) -> str:
    """The nearest record that holds the place."""
    fore = at.rpartition("/")[0]
    while fore and spot(form, fore) is None:
        fore = fore.rpartition("/")[0]
    return fore


def stepped(form: Field, draft: Draft, do: str, target: str) -> Draft:
    """`open`, `add`, `copy`, `remove`, `up`, `down` an entry at `target`; anything else changes nothing.

    A target that is not there any more changes nothing either.
    """
    content, at = draft.content, draft.at
    try:
        match do:
            case "open":
                if target:
                    places.at(content, target)
                at = target
            case "add":
                at = f"{target}/{APPENDED}"
            case "copy":
                content, at = places.copied(content, target)
            case "remove":
                content = places.without(content, target)
                at = _above(form, target) if at.startswith(target) else at
            case "up" | "down":
                content = places.moved(content, target, -1 if do == "up" else 1)
    except NotFound:
        return draft
    return replace(draft, content=content, at=at if spot(form, at) else "")
