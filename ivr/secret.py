"""A secret the caller typed: carried through the menu without ever being shown."""

HIDDEN = "••••"
"""Stands for any secret, whatever its length."""
UNSEEN = "•"
"""Stands for a key that was no choice, and so may be a digit of something private."""


class Secret:
    """Neither its text nor its length appears in logs, paths or error messages; `reveal` is for who compares it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)
