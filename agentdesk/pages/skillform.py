"""Skills with their levels as they come from the forms of people."""

from starlette.datastructures import FormData

from accounts import staff


def skills_in(form: FormData) -> dict[str, int]:
    """From fields `level:<skill>`, and `skill` with `level` for one that nobody had; raises Refused."""
    given = {skill: str(level) for skill, level in levels_in(form).items()}
    if fresh := text_in(form, "skill"):
        given[fresh] = text_in(form, "level") or "?"
    return staff.skills_of("\n".join(f"{skill}:{level}" for skill, level in given.items()))


def levels_in(form: FormData) -> dict[str, int]:
    """What was chosen of the skills that are known."""
    given = {key.removeprefix("level:"): text_in(form, key) for key in form if key.startswith("level:")}
    return {skill: int(level) for skill, level in given.items() if staff.is_level(level)}


def text_in(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()
