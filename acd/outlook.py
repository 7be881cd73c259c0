"""What can be said of the floor at this moment: how long a caller would wait, how many could serve him. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from acd import expect
from acd.agent_state import ON_BREAK
from acd.call import CallState
from acd.expect import Expected, HandleTimes
from acd.free import Free, Profile, serves
from acd.seat import Seat
from acd.waiting import Contact, Need, Waiting

Names = Callable[[], Collection[str]]


@dataclass(frozen=True, slots=True)
class Group:
    """Agents at work or on a break, those of them who are free, and callers waiting whom one of them could serve."""

    staff: int
    free: int
    waiting: int


class Outlook:
    """Looks at the parts of one floor; changes none of them. `languages`: skills that make no group."""

    def __init__(
        self, contacts: Mapping[str, Contact], waiting: Waiting, seats: Mapping[str, Seat],
        free: Free, languages: Names,
    ) -> None:  # fmt: skip
        self.handled = HandleTimes()
        self._contacts = contacts
        self._waiting = waiting
        self._seats = seats
        self._free = free
        self._languages = languages

    def waiting_in(self, queue: str, since: float) -> int:
        """Callers who have waited there at least as long as one who came at `since`."""
        waiting = (each for each in self._contacts.values() if each.state is CallState.WAITING and each.queue == queue)
        return sum(each.queued_at <= since and not each.promised for each in waiting)

    def at_work_for(self, need: Need) -> int:
        """Agents at work who can serve this need."""
        return self._free.staff_for(need)

    def missing(self, agent: str) -> str:
        """What an agent cannot be reached at who would be at work by his state, '' for nothing."""
        seat = self._seats.get(agent)
        return seat.missing if seat and seat.takes_calls and not seat.reachable else ""

    def expected(self, need: Need, priority: int, since: float) -> Expected:
        """For a caller who would wait like that, as things are."""
        contact = Contact("", "", need, priority, since, 10**9)
        ahead = expect.ahead_of(contact, self._waiting, self._free, lambda each: (each.group,))
        return expect.expected(contact, ahead, self._free, self.handled.mean(need))

    def by_right(self, contact: Contact) -> Expected:
        """For a caller who waits: all are ahead who have their place before him, also those who wait in another queue
        or for one agent alone and may come back to it."""
        others = (*self._waiting, *self._waiting.kept.values())
        ahead = expect.ahead_of(contact, others, self._free, Contact.claims)
        return expect.expected(contact, ahead, self._free, self.handled.mean(contact.need))

    def group_of(self, agent: str) -> Group:
        """Those who share a skill with this agent, who are without any as he is, and the callers he can serve.

        He himself counts as free: what is asked is whether he may leave instead.
        """
        mine = self._seats[agent].profile
        besides = self._skills(mine)
        skills = [(each, self._skills(each.profile)) for each in self._seats.values()]
        group = [each for each, has in skills if besides & has or besides == has]
        waiting = (each for each in self._contacts.values() if each.state is CallState.WAITING)
        could = sum(each.only == agent or (serves(mine, each.need) and each.may(agent)) for each in waiting)
        staff = [each for each in group if each.at_work or each.state in ON_BREAK or each.agent == agent]
        free = sum(each.free or each.agent == agent for each in staff)
        return Group(len(staff), free, could)

    def _skills(self, profile: Profile) -> set[str]:
        return {skill for skill, _ in profile}.difference(self._languages())
