"""All checks of a flow, with its waivers."""

from collections.abc import Iterator
from dataclasses import replace

from ivr.lint import branches, paths, words
from ivr.lint.findings import RULES, Finding, Use
from ivr.menus import LoadedMenu
from ivr.walk import spoken_seconds


def lint(menu: LoadedMenu, use: Use | None = None, length: words.Length = spoken_seconds) -> list[Finding]:
    """Every finding by its line; waived ones carry their reason. With `use`, the order of options is held against it.

    `length` tells how long words take, where that is better known than by their number.
    """
    flow = menu.flow
    reasons = {(waiver.rule, waiver.step): waiver.reason for waiver in flow.waive}
    found = [*paths.check(flow, menu.landings), *branches.check(flow), *words.check(flow, use or {}, length)]
    found = [
        replace(each, waived=reasons.get((each.rule, each.step), ""), line=menu.line("steps", each.step, *each.place))
        for each in found
    ]
    found += _idle(menu, {(each.rule, each.step) for each in found}, use is not None)
    return sorted(found, key=lambda each: each.line)


def _idle(menu: LoadedMenu, hit: set[tuple[str, str]], with_use: bool) -> Iterator[Finding]:
    for index, waiver in enumerate(menu.flow.waive):
        line = menu.line("waive", str(index))
        if waiver.rule not in RULES:
            yield Finding(waiver.step, "idle-waiver", f"there is no rule {waiver.rule!r}", line=line)
        elif waiver.step not in menu.flow.steps:
            yield Finding(waiver.step, "idle-waiver", "there is no such step", line=line)
        elif waiver.rule == "unreachable" and waiver.step in menu.landings:
            continue  # it had to be waived until queues named the step
        elif (waiver.rule, waiver.step) not in hit and (with_use or waiver.rule != "against-use"):
            problem = f"nothing breaks {waiver.rule!r} here: remove the waiver"
            yield Finding(waiver.step, "idle-waiver", problem, line=line)
