"""Ours next to the models of the others on centres nobody tuned for: each measure against whoever is best at it."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import fmean

from acd.routing.peers import MODELS
from acd.routing.policies import policy_named
from acd.simulation.compare import IN_ORDER, OURS, STRICT, Measures, mean_of, measure
from acd.simulation.simulator import simulate
from acd.simulation.unseen import centre, play

LEAST = {"mean": 1.0, "p95": 2.0, "abandoned": 0.01}
"""A gap is a share of the best figure, but not of less than this."""
TITLES = {"mean": "mean wait %", "p95": "95 % of waits %", "abandoned": "abandoned %", "in_time": "in time, points"}
LEGEND = """Gap: how much worse than the best peer of that centre and measure, picked after the fact; negative is
better. VIP: mean wait of the highest tier less that under strict priority; longer: by more than 0.5 s and 5 %.
Longest: longest wait of an ordinary caller on a day as a multiple of that of strict order; over: more than 1.5."""


@dataclass(frozen=True, slots=True)
class Centre:
    """Each policy's measures, means of its days; and for ours and strict priority the longest waits of each day, as
    multiples of that of strict order of arrival (waits under half a minute count as that)."""

    number: int
    form: str
    measures: dict[str, Measures]
    longest: dict[str, list[float]]

    def gap(self, name: str, of: str) -> float:
        """Per cent (of service level points) by which `name` is worse at the measure `of` than the best peer."""
        figures: dict[str, float] = {each: getattr(self.measures[each], of) for each in (name, *MODELS)}
        peers = [figures[peer] for peer in MODELS]
        if of == "in_time":
            return 100.0 * (max(peers) - figures[name])
        return 100.0 * (figures[name] - min(peers)) / max(min(peers), LEAST[of])


def try_centre(number: int, days: int) -> Centre:
    made = centre(number)
    found: dict[str, list[Measures]] = {name: [] for name in (OURS, STRICT, IN_ORDER, *MODELS)}
    for number_of_day in range(days):
        traffic = play(made, number_of_day)
        for name, measures in found.items():
            policy = policy_named(name, number_of_day + 1)
            day = simulate(traffic.callers, traffic.shifts, policy, seed=number_of_day + 1)
            measures.append(measure(day, traffic))
    longest = {
        name: [
            max(mine.ordinary_max, 30.0) / max(strict.ordinary_max, 30.0)
            for mine, strict in zip(found[name], found[IN_ORDER], strict=True)
        ]
        for name in (OURS, STRICT)
    }
    return Centre(number, made.form, {name: mean_of(measures) for name, measures in found.items()}, longest)


def judge(numbers: Sequence[int], days: int, workers: int, tell: Callable[[str], None]) -> list[Centre]:
    """Every centre on so many days; the processes are niced."""
    found: list[Centre] = []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=partial(os.nice, 5)) as pool:
        for each in pool.map(partial(try_centre, days=days), numbers):
            found.append(each)
            if len(found) % 20 == 0:
                tell(f"{len(found)} of {len(numbers)}")
    return found


def table(centres: Sequence[Centre]) -> str:
    return "\n".join([*_gaps(centres), "", *_rules(centres)])


def _gaps(centres: Sequence[Centre]) -> Iterator[str]:
    yield f"{'':<17}{'gap':>7}{'> 1':>6}{'> 2':>6}{'worst':>8}  the peer least behind"
    for of, title in TITLES.items():
        gaps = [each.gap(OURS, of) for each in centres]
        least, who = min((fmean(each.gap(peer, of) for each in centres), peer) for peer in MODELS)
        shares = "".join(f"{sum(gap > limit for gap in gaps) / len(gaps):>6.0%}" for limit in (1, 2))
        yield f"{title:<17}{fmean(gaps):>7.2f}{shares}{max(gaps):>8.1f}  {least:.2f} {who}"
    for form in sorted({each.form for each in centres}):
        mine = [each for each in centres if each.form == form]
        parts = ", ".join(f"{title} {fmean(each.gap(OURS, of) for each in mine):.2f}" for of, title in TITLES.items())
        yield f"{form:<10}{len(mine):>4} centres: {parts}"


def _rules(centres: Sequence[Centre]) -> Iterator[str]:
    pairs = [(each.measures[OURS].vip, each.measures[STRICT].vip) for each in centres if each.measures[STRICT].vip]
    if pairs:
        longer = sum(mine - strict > max(0.5, 0.05 * strict) for mine, strict in pairs) / len(pairs)
        more = sorted(mine - strict for mine, strict in pairs)
        yield f"VIP      {more[len(more) // 2]:+.2f} s in the median, longer in {longer:.0%} of {len(pairs)} centres"
    for name, title in ((OURS, "longest"), (STRICT, "  strict priority")):
        ratios = [ratio for each in centres for ratio in each.longest[name]]
        over = sum(ratio > 1.5 for ratio in ratios) / len(ratios)
        yield f"{title:<17}{fmean(ratios):.2f} on average, over on {over:.1%} of {len(ratios)} days"
