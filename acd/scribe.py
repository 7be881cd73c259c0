"""The distributor's decisions written down, and what the switch is to do about them once that is committed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from acd import decisions, events, ledger
from acd.call import Step, advance
from acd.consults import Consults
from acd.live import LiveCall, LiveCalls
from acd.queues import Queues
from acd.roster import PHONE, Roster
from acd.supervision import Supervision
from core.clock import new_id
from core.database import Transaction
from pbx.commands import BackToMenu, Command, Give, HangUp, Ring, Wait


@dataclass(slots=True)
class Work:
    """For the switch, in order: `commands`, then `rings` with the call and the agent each is for.

    `tidying` is for legs of which the agent's is over already: no ring need wait for it. `ring` is how a telephone is
    rung; where nothing else is to be done first, that is while its offer is being stored (decision 16).
    """

    ring: Callable[[Ring, str, str], None]
    commands: list[Command] = field(default_factory=list)
    rings: list[tuple[Ring, str, str]] = field(default_factory=list)
    tidying: list[Command] = field(default_factory=list)

    def ring_phones(self) -> None:
        for each in self.rings:
            self.ring(*each)
        self.rings.clear()


class Scribe:
    """Moves the live calls as decided. Raises ValueError for a move that the table of call states does not have."""

    def __init__(
        self, live: LiveCalls, consults: Consults, supervision: Supervision, queues: Queues, roster: Roster
    ) -> None:
        self._live = live
        self._consults = consults
        self._supervision = supervision
        self._queues = queues
        self._roster = roster

    async def store(self, tx: Transaction, decision: decisions.Decision, now: float, by: str, work: Work) -> None:
        if isinstance(decision, decisions.AgentMoved):
            await ledger.move_agent(tx, decision, by, now)
            return
        if isinstance(decision, decisions.Promised):
            tx.publish(events.CallbackDue(now, decision.call, decision.agent, ledger.why(decision.chosen)))
            return
        call = self._live.by_id(decision.call)
        if call is None:
            return
        match decision:
            case decisions.Offer():
                await self._offer(tx, call, decision, now, by, work)
            case decisions.OfferOver(agent=agent, result=result):
                offer = call.offer
                advance(call, Step.OFFER_OVER)
                self._live.end_offer(call)
                if result == "cancelled":
                    self._live.cancel(agent, now)
                work.commands.append(HangUp(offer))
                await ledger.change(tx, call.id, state=call.state, agent="")
                await ledger.end_offer(tx, call.id, agent, offer, result, now)
            case decisions.Connected(agent=agent):
                advance(call, Step.CONNECTED)
                call.talk_since = now
                await ledger.connect(tx, call, agent, now)
            case decisions.Disconnected():
                await self._disconnect(tx, call, decision, now, work)
            case decisions.CallGone(answered=answered, ended_by=ended_by):
                advance(call, Step.ENDED)
                self._live.remove(call)
                outcome = "answered" if answered else "failed" if ended_by == "system" else "abandoned"
                await ledger.end(tx, call, outcome, call.ended_by or ended_by, now)
            case _:
                await self._store_wait(tx, call, decision, now, by, work)

    async def _store_wait(
        self, tx: Transaction, call: LiveCall, decision: decisions.Decision, now: float, by: str, work: Work
    ) -> None:
        """What changes about a caller's wait."""
        match decision:
            case decisions.Requeued(queue=queue, skills=skills, priority=priority, queued_at=since):
                advance(call, Step.QUEUED)
                call.ended_by, call.queue, call.joined, call.queued_at, call.talk_since = "", queue, queue, since, None
                call.skills, call.priority = dict(skills), priority
                call.stages, call.only, call.why = decision.stages, "", ""
                await ledger.requeue(tx, call, decision, bool(self._on_the_line(call.id, decision.to)), by, now)
            case decisions.Reranked(priority=priority):
                call.own_priority += priority - call.priority
                await ledger.rerank(tx, call, priority, by, now)
                call.priority = priority
            case decisions.Restaged(queue=queue, skills=skills, priority=priority, stages=stages, why=why):
                was, call.queue, call.skills, call.priority = call.queue, queue, dict(skills), priority
                call.stages, call.only = stages, decision.only
                call.why = call.why if call.only else ""
                await ledger.restage(tx, call, why, was, now)
            case decisions.SentBack(to=to):
                advance(call, Step.SENT_BACK)
                call.stages, call.only, call.why, call.back_to = (), "", "", to
                work.commands.append(BackToMenu(call.leg))
                await ledger.send_back(tx, call, to, now)

    async def _offer(
        self, tx: Transaction, call: LiveCall, made: decisions.Offer, now: float, by: str, work: Work
    ) -> None:
        advance(call, Step.OFFERED)
        call.only = call.why = ""
        if leg := self._consults.take(call.id, made.agent) or self._supervision.take(call.id, made.agent):
            self._live.offer(call, made.agent, leg, now)
        else:
            self._live.offer(call, made.agent, new_id(now), now)
            work.rings.append((self._ring(call, made.agent), call.id, made.agent))
            if not work.commands:
                work.ring_phones()
        await ledger.offer(tx, call, made, by, now)

    async def _disconnect(
        self, tx: Transaction, call: LiveCall, decision: decisions.Disconnected, now: float, work: Work
    ) -> None:
        to, kept, ended_by = decision.to, decision.to is not None, decision.ended_by
        commands = work.tidying if call.released and not kept else work.commands
        if to and (leg := self._on_the_line(call.id, to)):
            commands.append(Give(leg, call.leg, call.offer))
        else:
            commands += [Wait(call.leg)] if kept else []
            commands.append(HangUp(call.offer))
        if ended_by != "customer" and not kept:
            call.after_step = decision.step or call.after_step
            lands = call.after_step and ended_by == "agent"
            commands.append(BackToMenu(call.leg, served=not decision.step) if lands else HangUp(call.leg))
        advance(call, Step.AGENT_LEFT)
        call.ended_by = ended_by
        self._live.end_offer(call)
        await ledger.disconnect(tx, call, decision.agent, ended_by, now)

    def _on_the_line(self, call: str, agent: str) -> str:
        """The leg with which this agent takes the caller over at this moment, without a ring."""
        return self._consults.chosen(call, agent) or self._supervision.chosen(call, agent)

    def _ring(self, call: LiveCall, agent: str) -> Ring:
        queue = self._queues.queues.get(call.queue)
        names = queue.name if queue else {}
        name = names.get(self._roster.language_of(agent)) or names.get("zh", call.queue)
        seconds = int(self._queues.rule_of(call.queue).ring)
        return Ring(call.offer, PHONE + agent, call.leg, call.caller, name, seconds)
