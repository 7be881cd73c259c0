"""One thing checked of a story, and how it came out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing checked: its name, whether it came true, and if not what was wanted and what was found."""

    name: str
    passed: bool
    detail: str = ""


def same(name: str, wanted: object, found: object) -> Stage:
    return Stage(name, wanted == found, f"wanted {wanted!r}, found {found!r}")
