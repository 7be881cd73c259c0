"""How English words are marked whose Chinese stands in the catalogue."""


def N_(text: str) -> str:
    """Itself: the words are translated where they are shown."""
    return text
