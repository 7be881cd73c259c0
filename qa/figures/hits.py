"""How the machine's verdicts fared with people: precision, recall, and which rules need work."""

from collections.abc import Iterable
from dataclasses import dataclass

from qa.agreement import Agreement, Pair

FAILURES = 5


@dataclass(frozen=True, slots=True)
class Hits:
    """How the machine's "fail" fared with people. Both figures are None without a case.

    `precision`: confirmed ÷ raised. `recall`: confirmed ÷ failed by people.
    """

    raised: int
    confirmed: int
    missed: int

    @property
    def precision(self) -> float | None:
        return self.confirmed / self.raised if self.raised else None

    @property
    def recall(self) -> float | None:
        found = self.confirmed + self.missed
        return self.confirmed / found if found else None


def hits(pairs: Iterable[Pair], fail: str = "fail") -> Hits:
    seen = list(pairs)
    return Hits(
        raised=sum(first == fail for first, _ in seen),
        confirmed=sum(first == second == fail for first, second in seen),
        missed=sum(first != fail and second == fail for first, second in seen),
    )


def poor(found: Agreement, seen: Hits, floor: float, least: int) -> bool:
    """Whether a rule needs work: kappa below `floor`, judged from `least` pairs on.

    Kappa says little about a rule that hardly ever fails, so there must be FAILURES of the machine or of people. Where
    kappa is undefined the two never differed.
    """
    enough = found.count >= least and seen.raised + seen.missed >= FAILURES
    return enough and found.kappa is not None and found.kappa < floor
