"""All checks of a flow, with its waivers."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from ivr.lint import branches, paths, skills, words
from ivr.lint.findings import RULES, Finding, Use
from ivr.menus import LoadedMenu
from ivr.walk import spoken_seconds


def lint(
    menu: LoadedMenu, use: Use | None = None, length: words.Length = spoken_seconds,
    known_skills: Collection[str] | None = None,
) -> list[Finding]:  # fmt: skip
    """Every finding by its line; waived ones carry their reason. With `use`, the order of options is held against it,
    with `known_skills` the skills that queues ask for.

    `length` tells how long words take, where that is better known than by their number.
    """
    flow = menu.flow
    reasons = {(waiver.rule, waiver.step): waiver.reason for waiver in flow.waive}
    found = [*paths.check(flow, menu.landings), *branches.check(flow), *words.check(flow, use or {}, length)]
    found += skills.check(flow, known_skills)
    untold = {rule for rule, by in (("against-use", use), ("unknown-skill", known_skills)) if by is None}
    found = [replace(each, waived=reasons.get((each.rule, each.step), ""), line=_line(menu, each)) for each in found]
    found += _idle(menu, {(each.rule, each.step) for each in found}, untold)
    return sorted(found, key=lambda each: each.line)


def _line(menu: LoadedMenu, found: Finding) -> int:
    return menu.line("steps", found.step, *found.place) if found.step else menu.line(*found.place)


def _idle(menu: LoadedMenu, hit: set[tuple[str, str]], untold: Collection[str]) -> Iterator[Finding]:
    """`untold`: rules that say nothing this time."""
    seen: set[tuple[str, str]] = set()
    for index, waiver in enumerate(menu.flow.waive):
        line = menu.line("waive", str(index))
        if (waiver.rule, waiver.step) in seen:
            yield Finding(waiver.step, "idle-waiver", f"{waiver.rule!r} is waived twice here: keep one", line=line)
            continue
        seen.add((waiver.rule, waiver.step))
        if waiver.rule not in RULES:
            yield Finding(waiver.step, "idle-waiver", f"there is no rule {waiver.rule!r}", line=line)
        elif waiver.step not in menu.flow.steps:
            yield Finding(waiver.step, "idle-waiver", "there is no such step", line=line)
        elif waiver.rule == "unreachable" and waiver.step in menu.landings:
            continue  # it had to be waived until queues named the step
        elif (waiver.rule, waiver.step) not in hit and waiver.rule not in untold:
            problem = f"nothing breaks {waiver.rule!r} here: remove the waiver"
            yield Finding(waiver.step, "idle-waiver", problem, line=line)
