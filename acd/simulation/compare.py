"""Ours next to the models of the others: the same days, each measure against whoever is best at it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from acd.routing.peers import MODELS
from acd.routing.policies import policy_named
from acd.simulation.day_figures import nearest_rank
from acd.simulation.generators import Traffic, generate
from acd.simulation.simulator import Day, simulate

OURS, STRICT, IN_ORDER = "balanced", "longest-idle", "fifo"
THRESHOLD = 20.0


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one or several days. `mean` over all callers, hang-ups with the time until they hung up; `p95` over the
    answered; `abandoned` and `in_time` are shares of those offered; `vip` is the mean wait of the highest priority,
    `ordinary_max` the longest of priority 0. Seconds. Nobody of a kind: 0.
    """

    mean: float
    p95: float
    abandoned: float
    in_time: float
    vip: float
    ordinary_max: float


LEGEND = """ours / best of the peers, and which. Waits in seconds: mean over all callers, hang-ups with the time
until they hung up; 95 % of the answered. Abandoned, and in time (answered within 20 s), in % of those offered.
VIP: mean wait of the highest tier, next to strict priority. Longest: longest wait of an ordinary caller, as a
multiple of that of strict order of arrival."""
LESS_IS_BETTER = ("mean", "p95", "abandoned")
MORE_IS_BETTER = ("in_time",)


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of traffic: ours, everybody else's measures by name, and who is best at each measure."""

    kind: str
    ours: Measures
    others: dict[str, Measures]

    def best(self, measure: str) -> tuple[str, float]:
        """Name and figure of the best model of app_queue's and mod_callcenter's strategies."""
        peers = [(getattr(figures, measure), name) for name, figures in self.others.items() if name in MODELS]
        figure, name = max(peers) if measure in MORE_IS_BETTER else min(peers)
        return name, figure


def measure(day: Day, traffic: Traffic) -> Measures:
    waits = [(each.caller, each.at - each.caller.arrival) for each in day.answered]
    answered = sorted(wait for _, wait in waits)
    waits += [(caller, at - caller.arrival) for caller, at in day.abandoned]
    highest = max(caller.priority for caller in traffic.callers)
    vip = [wait for caller, wait in waits if caller.priority == highest > 0]
    offered = len(traffic.callers)
    return Measures(
        fmean(wait for _, wait in waits),
        nearest_rank(answered, 0.95),
        len(day.abandoned) / offered,
        sum(wait <= THRESHOLD for wait in answered) / offered,
        fmean(vip) if vip else 0.0,
        max((wait for caller, wait in waits if caller.priority == 0), default=0.0),
    )


def mean_of(days: Sequence[Measures]) -> Measures:
    columns = zip(*((d.mean, d.p95, d.abandoned, d.in_time, d.vip, d.ordinary_max) for d in days), strict=True)
    return Measures(*(fmean(column) for column in columns))


def compare(kinds: Iterable[str], seeds: Sequence[int], tell: Callable[[str], None]) -> list[Row]:
    """Play every kind with every seed through ours, all peers, strict priority and first come first served."""
    rows = []
    names = [OURS, STRICT, IN_ORDER, *MODELS]
    for kind in kinds:
        found: dict[str, list[Measures]] = {name: [] for name in names}
        for seed in seeds:
            traffic = generate(kind, seed)
            tell(f"{kind} {seed}")
            for name in names:
                day = simulate(traffic.callers, traffic.shifts, policy_named(name, seed), seed=seed)
                found[name].append(measure(day, traffic))
        averages = {name: mean_of(days) for name, days in found.items()}
        rows.append(Row(kind, averages.pop(OURS), averages))
    return rows


def table(rows: Sequence[Row]) -> str:
    """Ours / best of the peers with its name, a line for each kind and measure."""
    lines = [f"{'traffic':<11}{'measure':<10}{'ours':>8} {'best':>8}  by"]
    for row in rows:
        for name, title, times in (
            ("mean", "mean", 1), ("p95", "95 %", 1), ("abandoned", "abandoned", 100), ("in_time", "in time", 100),
        ):  # fmt: skip
            who, figure = row.best(name)
            lines.append(
                f"{row.kind:<11}{title:<10}{getattr(row.ours, name) * times:8.1f} {figure * times:8.1f}  {who}"
            )
        strict, in_order = row.others[STRICT], row.others[IN_ORDER]
        if strict.vip:
            lines.append(f"{row.kind:<11}{'VIP':<10}{row.ours.vip:8.1f} {strict.vip:8.1f}  strict priority")
        ratio = row.ours.ordinary_max / max(1e-9, in_order.ordinary_max)
        lines.append(f"{row.kind:<11}{'longest':<10}{ratio:8.2f} {1:8.2f}  strict order of arrival")
    return "\n".join(lines)
