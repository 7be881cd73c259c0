"""Values out of a JSON document by dotted name, as the text that variables hold."""

from typing import Any

MISSING: Any = object()
"""Given where a document has nothing of that name."""
LONGEST_TEXT = 200


def dig(document: Any, path: str) -> Any:
    """`account.balance`, `transactions.0.amount`; MISSING where there is none."""
    for part in path.split("."):
        match document:
            case dict() if part in document:
                document = document[part]
            case list() | tuple() if part.isdigit() and int(part) < len(document):
                document = document[int(part)]
            case _:
                return MISSING
    return document


def as_text(value: Any) -> str | None:
    """Texts, numbers and yes/no; None for anything else, or a text that is too long."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return format(value, "f").rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        case str() if len(value) <= LONGEST_TEXT:
            return value
        case _:
            return None
