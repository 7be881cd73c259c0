"""Who is free: agents grouped by equal skills, each group in order of idle time, found by what a caller needs."""

from bisect import insort
from collections.abc import Iterable, Mapping
from copy import copy

from acd.waiting import May, Need, anybody

Profile = tuple[tuple[str, int], ...]
"""An agent's skills with levels, sorted."""


def profile_of(skills: Mapping[str, int]) -> Profile:
    return tuple(sorted(skills.items()))


def serves(profile: Profile, need: Need) -> bool:
    """Has every required skill at the least level or better."""
    levels = dict(profile)
    return all(levels.get(skill, 0) >= least for skill, least in need)


class Free:
    """Only free agents stand in the indexes, so that a search costs nothing for those who are busy."""

    def __init__(self) -> None:
        """`served_version` changes when a kind of caller comes to be served by anybody at work, or by nobody."""
        self._free: dict[Profile, list[tuple[float, int, str]]] = {}
        self._needs_of: dict[Profile, list[Need]] = {}
        self._known: dict[Need, None] = {}  # in order of learning, so that equal days run equally
        self._now_able: dict[Need, dict[Profile, None]] = {}
        self.staff: dict[Profile, int] = {}
        self._staff_for: dict[Need, int] = {}
        self.staff_version = self.served_version = 0
        self.count = 0

    def learn(self, need: Need) -> None:
        """Make `need` searchable; each kind of caller is learned once."""
        if need in self._known:
            return
        able = [profile for profile in self._needs_of if serves(profile, need)]
        self._known[need] = None
        self._staff_for[need] = sum(self.staff.get(profile, 0) for profile in able)
        self._now_able[need] = {profile: None for profile in able if profile in self._free}
        for profile in able:
            self._needs_of[profile].append(need)

    def change_staff(self, profile: Profile, by: int) -> None:
        """One more or less of the agents at work who have these skills."""
        if by == 0:
            return
        self._meet(profile)
        self.staff[profile] = self.staff.get(profile, 0) + by
        for need in self._needs_of[profile]:
            was = self._staff_for[need]
            self._staff_for[need] = was + by
            self.served_version += not was or not was + by
        self.staff_version += 1

    def add(self, profile: Profile, idle_since: float, order: int, agent: str) -> None:
        self._meet(profile)
        if profile not in self._free:
            self._free[profile] = []
            for need in self._needs_of[profile]:
                self._now_able[need][profile] = None
        insort(self._free[profile], (idle_since, order, agent))
        self.count += 1

    def remove(self, profile: Profile, idle_since: float, order: int, agent: str) -> None:
        self._free[profile].remove((idle_since, order, agent))
        self.count -= 1
        if not self._free[profile]:
            del self._free[profile]
            for need in self._needs_of[profile]:
                del self._now_able[need][profile]

    def able_now(self, need: Need) -> Iterable[Profile]:
        """Skill groups with somebody free who can serve `need`."""
        self.learn(need)
        return self._now_able[need].keys()

    def somebody(self, need: Need, may: May = anybody) -> bool:
        """Whether anybody free can serve `need`, which must have been learned, and may."""
        able = self._now_able[need]
        if may is anybody:
            return bool(able)
        return any(may(agent) for profile in able for _, _, agent in self._free[profile])

    def among(self, may: May) -> "Free":
        """The same to look at, with those alone free who may."""
        if may is anybody:
            return self
        seen = copy(self)
        kept = {each: [member for member in members if may(member[2])] for each, members in self._free.items()}
        seen._free = {profile: members for profile, members in kept.items() if members}
        seen._now_able = {
            need: {each: None for each in able if each in seen._free} for need, able in self._now_able.items()
        }
        seen.count = sum(map(len, seen._free.values()))
        return seen

    def staff_for(self, need: Need) -> int:
        """Agents at work who can serve `need`, free or not."""
        self.learn(need)
        return self._staff_for[need]

    def needs(self) -> Iterable[Need]:
        """Every kind of caller seen."""
        return self._known.keys()

    def needs_served_by(self, profile: Profile) -> list[Need]:
        return self._needs_of.get(profile, [])

    def members(self, profile: Profile) -> list[tuple[float, int, str]]:
        """(idle since, order, agent) of the free ones, longest idle first."""
        return self._free[profile]

    def _meet(self, profile: Profile) -> None:
        if profile in self._needs_of:
            return
        self._needs_of[profile] = [need for need in self._known if serves(profile, need)]
