"""Where in a JSON text a value stands: turns a path of keys and indexes into a line number."""

from json import JSONDecoder

_BLANKS = " \t\r\n"
_decoder = JSONDecoder()


def line_of(text: str, place: tuple[int | str, ...]) -> int:
    """The 1-based line of the deepest part of `place` that exists in the valid JSON `text`."""
    at = _skip(text, 0)
    for part in place:
        found = _member(text, at, part)
        if found is None:
            continue  # a missing field, or a name pydantic put in that is no place in the file
        at = found
    return text.count("\n", 0, at) + 1


def _member(text: str, at: int, part: int | str) -> int | None:
    """The offset of the member `part` of the object or array that begins at `at`."""
    opening = text[at]
    if (opening == "{") != isinstance(part, str) or opening not in "{[":
        return None
    at, index = _skip(text, at + 1), 0
    while text[at] not in "}]":
        name: object = index
        if opening == "{":
            name, at = _decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if name == part:
            return at
        _, at = _decoder.raw_decode(text, at)
        at, index = _skip(text, at), index + 1
        if text[at] == ",":
            at = _skip(text, at + 1)
    return None


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at
