"""What can be simulated and is hardly meant: calls that ask for what no agent has, are for a queue without rules or
come when all have gone, shifts of no length. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches

from acd.simulation.traffic import Caller, Shift


def unlikely(
    callers: Sequence[Caller], shifts: Iterable[Shift], queues: Collection[str] | None = None
) -> Iterator[str]:
    """A line each. `queues`: those there are rules for; None where nobody waits by any."""
    working: list[Shift] = []
    for each in shifts:
        if each.start < each.end:
            working.append(each)
        else:
            yield f"agent {each.agent!r}: the shift at {each.start:g} ends when it starts and answers nobody"
    if queues is not None:
        yield from _unruled(callers, queues)
    yield from _uncovered(callers, working)
    if working:
        yield from _too_late(callers, max(each.end for each in working))


def _unruled(callers: Iterable[Caller], queues: Collection[str]) -> Iterator[str]:
    for name, count in Counter(each.queue for each in callers if each.queue not in queues).items():
        yield f"queue {name!r} ({_calls(count)}): the queues file lacks it{_meant(name, queues)}"


def _uncovered(callers: Iterable[Caller], shifts: Sequence[Shift]) -> Iterator[str]:
    """For each skill nobody has, each level nobody reaches, each set of skills nobody has together."""
    asked = Counter(tuple(sorted(each.skills.items())) for each in callers)
    best: dict[str, int] = {}
    for shift in shifts:
        for skill, level in shift.skills.items():
            best[skill] = max(level, best.get(skill, 0))
    single: Counter[tuple[str, int]] = Counter()
    together: Counter[tuple[tuple[str, int], ...]] = Counter()
    for needs, count in asked.items():
        beyond = [(skill, level if skill in best else 0) for skill, level in needs if level > best.get(skill, 0)]
        single.update(dict.fromkeys(beyond, count))
        if not beyond and shifts and not any(_has(shift, needs) for shift in shifts):
            together[needs] += count
    for (skill, level), count in single.items():
        if level:
            yield f"skill {skill!r} at level {level} ({_calls(count)}): the best agent has level {best[skill]}"
        else:
            yield f"skill {skill!r} ({_calls(count)}): no agent has it{_meant(skill, best)}"
    for needs, count in together.items():
        names = ", ".join(f"{skill!r} at level {level}" if level > 1 else repr(skill) for skill, level in needs)
        yield f"skills {names} ({_calls(count)}): no agent has them together"


def _too_late(callers: Sequence[Caller], end: float) -> Iterator[str]:
    if late := sum(each.arrival >= end for each in callers):
        meant = ": are the times of both files in seconds?" if late == len(callers) else ""
        yield f"the last shift ends at {end:g} s, too early for {_calls(late)}{meant}"


def _has(shift: Shift, needs: Iterable[tuple[str, int]]) -> bool:
    return all(shift.skills.get(skill, 0) >= level for skill, level in needs)


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"


def _meant(name: str, known: Collection[str]) -> str:
    same = [each for each in known if each.casefold() == name.casefold()]
    near = same or get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
