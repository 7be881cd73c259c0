"""`hotline acd replay` and `hotline acd why`: what the recorded days of a centre say."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import select

from acd import figures, queues, repository
from acd.call import ACCEPTED
from acd.counting import INBOUND
from acd.models import AgentEvent, Call, CallEvent, Offer, QueueVisit
from acd.opening import Opening
from acd.queues import Queues
from acd.roster import PeopleRoster
from acd.routing.policies import POLICIES, policy_named
from acd.simulation import day_figures as simulated
from acd.simulation import replay
from acd.simulation.replay import Came
from acd.simulation.simulator import simulate
from app.commands.acd_words import level_words, mean_words, target_words
from app.commands.database import opened, settings_of
from app.configuration import Part
from app.settings import texts_of
from core import site
from core.database import Database
from core.errors import BadInput, NotFound
from ivr import hours

Json = Annotated[bool, typer.Option("--json", help="one JSON document instead of text")]
Data = Annotated[Path | None, typer.Option("--data", readable=False, help="the centre's data directory")]
Result = TypeVar("Result")
EXPLAINED = ("waited", "waiting", "free", "skills", "idle", "order", "why")
"""What `why_lines` tells of a choice (`acd.ledger.why`)."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A day: agents' skills of today, callers, their languages by call, agents' history, and when each phone that was
    answered began and ended to ring."""

    skills: Mapping[str, Mapping[str, int]]
    came: Sequence[Came]
    languages: Mapping[str, str]
    history: Sequence[AgentEvent]
    rang: Sequence[tuple[float, float | None]]


def replay_day(
    day: Annotated[str, typer.Argument(metavar="DAY", help="for example 2026-03-02, in the site's time zone")],
    policy: Annotated[str, typer.Option(help=f"one of {', '.join(POLICIES)}")] = "balanced",
    data: Data = None,
    ring: Annotated[
        float | None,
        typer.Option(min=0, max=86400, help="seconds a phone rings before it is answered; without it, the day's mean"),
    ] = None,
    wrap_up: Annotated[
        float | None, typer.Option(min=0, max=86400, help="seconds of wrap-up after a call; without it, the day's mean")
    ] = None,
    as_json: Json = False,
) -> None:
    """What would have happened on a recorded day with this policy, next to what did happen, by the queues' rules of
    today."""
    chosen = policy_named(policy)

    async def ask(db: Database, rules: Part) -> tuple[tuple[float, float], Queues, Opening, Recorded]:
        (since, until), lines = bounds(day, rules), known(rules)
        span = since, min(until, time.time())
        return span, lines, _opening(rules, lines), await _read(db, *span)

    (since, until), lines, opening, found = at_work(data, ask)
    callers = replay.callers_of(found.came, since, found.languages)
    shifts = replay.shifts_of(found.history, found.skills, since, until)
    if not callers or not shifts:
        raise BadInput(f"nobody waited or nobody worked on {day}", "choose a day with calls in the list of calls")
    ring = replay.ringing_of(found.rang) if ring is None else ring
    wrap_up = replay.wrap_up_of(found.history, since) if wrap_up is None else wrap_up
    closed = replay.closed_by_hours(opening.out_of_hours, since, until)

    def target(queue: str) -> float:
        return lines.rule_of(queue).target

    came = simulate(callers, shifts, chosen, ring=ring, wrap_up=wrap_up, queues=lines, closed=closed)
    report = simulated.report(came, callers, shifts, policy, target)
    really = replay.really(found.came, target)
    patience = _patience_words(sum(each.gave_up for each in found.came))
    if as_json:
        taken = {"ring": ring, "wrap_up": wrap_up, "patience": patience}
        print(json.dumps({"day": day, "really": really, "replayed": report, "taken": taken}, ensure_ascii=False))
        return
    for title, numbers in (("really", really), (policy, report)):
        print(
            f"{title}: {numbers['offered']} offered, {numbers['answered']} answered, "
            f"{level_words(numbers)} ({target_words(numbers)}), {mean_words(numbers, 'mean wait of the answered')}"
        )
    print(f"{policy} was replayed with {ring:.1f} s of ringing and {wrap_up:.1f} s of wrap-up for each call;")
    print(patience)


def _patience_words(hang_ups: int) -> str:
    if not hang_ups:
        return "nobody hung up that day, so none of the answered does in the replay"
    return (
        f"how long the answered would have waited is drawn from the waits of that day, {hang_ups} of them "
        "hang-ups (Kaplan-Meier)"
    )


def explain_call(
    call: Annotated[str, typer.Argument(metavar="CALL", help="the call's id")], data: Data = None, as_json: Json = False
) -> None:
    """Why a call went where it went: every step with the reasons that were written down with it."""

    async def ask(db: Database, rules: Part) -> tuple[repository.CallStory | None, ZoneInfo]:
        return await _story(db, call), zone_of(rules)

    found, zone = at_work(data, ask)
    if found is None:
        raise NotFound(f"there is no call {call}", "the list of calls on the desk shows the ids")
    steps = [{"at": each.at, "kind": each.kind, "agent": each.agent, **each.data} for each in found.events]
    if as_json:
        print(json.dumps({"call": call, "steps": steps}, ensure_ascii=False))
        return
    for each in found.events:
        clock = datetime.fromtimestamp(each.at, zone).strftime("%H:%M:%S.%f")[:-3]
        print(f"{clock}  {each.kind:<12} {_words(each)}".rstrip())


def day_figures(
    day: Annotated[str, typer.Argument(metavar="DAY", help="for example 2026-03-02, in the site's time zone")],
    by: Annotated[str, typer.Option(help=f"one of {', '.join(figures.BY)}")] = "queue",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The measures of a day by queue, agent, skill or half hour, with what each of them means."""
    if by not in figures.BY:
        raise BadInput(f"there are no figures by {by!r}", f"choose one of {', '.join(figures.BY)}")

    async def ask(db: Database, rules: Part) -> tuple[float, ZoneInfo, dict[str, dict[str, object]]]:
        since, until = bounds(day, rules)
        async with db.reading() as session:
            found = await repository.day_figures(session, known(rules).queues, by, since, until, time.time())
        return since, zone_of(rules), found

    since, zone, rows = at_work(data, ask)
    if as_json:
        document = {"day": day, "by": by, "definitions": figures.DEFINITIONS, "rows": rows}
        print(json.dumps(document, ensure_ascii=False))
        return
    for name, row in rows.items():
        title = f"{datetime.fromtimestamp(since + int(name), zone):%H:%M}" if by == "interval" else name
        print(f"{title}\n" + "\n".join(f"  {what:<18}{_figure(what, value)}" for what, value in row.items()))
    print("\n" + "\n".join(f"{what}: {meaning}" for what, meaning in figures.DEFINITIONS.items()))


def _figure(what: str, value: object) -> str:
    if value is None:
        return "-"
    if what in ("service_level", "transferred", "occupancy"):
        return f"{value:.1%}"
    return f"{value:.1f} s" if isinstance(value, float) else str(value)


def _words(event: CallEvent) -> str:
    data = event.data
    why = "".join(f"\n{' ' * 14}{line}" for line in why_lines(data)) if "policy" in data else ""
    if event.kind == "offered":
        chosen = f", picked by {data['by']}" if data.get("by") else f" by {data.get('policy')}"
        return f"to {event.agent}{chosen}{why}"
    told = {name: value for name, value in data.items() if not (why and name in EXPLAINED)}
    rest = ", ".join(f"{name} {value}" for name, value in told.items() if value not in ("", {}, None))
    return " ".join(filter(None, (event.agent, rest))) + why


def why_lines(data: dict[str, Any]) -> list[str]:
    """Why this caller and why this agent, in words, from what was written down with the choice."""
    lines = [
        f"had waited {data.get('waited')} s, {data.get('waiting')} callers waiting, {data.get('free')} agents free; "
        f"the agent had been free for {data.get('idle', 0)} s"
    ]
    why = data.get("why") or {}
    if rank := _rank(why):
        lines.append(f"this caller: {rank}")
    if other := why.get("next"):
        lines.append(f"before caller {other.get('call')}, the first of another kind: {_rank(other)}")
    if by := why.get("agent_by"):
        lines.append(f"this agent: chosen by {by}, as his queue has it")
    if "missed" in why:
        lines.append(f"this agent: his skills are missed by others at {why['missed']}")
        if rival := why.get("next_agent"):
            lines.append(f"rather than {rival['agent']}, missed at {rival['missed']}")
    if barred := why.get("not_permitted"):
        lines.append(f"passed over, for their permission class does not allow this number: {', '.join(barred)}")
    return lines


def _rank(why: dict[str, Any]) -> str:
    if "rank" in why:
        return f"rank {why['rank']}"
    if "urgency" not in why:
        return ""
    return (
        f"priority {why['priority']}, urgency {why['urgency']} = (wait {why['wait']} + in time {why['in_time']} + "
        f"passed over {why['passed_over']}) × {why['shortness']}, starves after {why['starves_after']} s{_goes(why)}"
    )


def _goes(why: dict[str, Any]) -> str:
    match why.get("goes"):
        case "beyond":
            return f" (has waited beyond all measure, {why['beyond_after']} s: goes before everybody)"
        case "highest":
            beyond = f"only who has waited {why['beyond_after']} s goes before"
            return f" (of the highest priority that calls, {why['highest']} or more: {beyond})"
        case "starving":
            return " (starving: only the highest priority goes before)"
        case "urgency" if "worth" in why:
            return f" (with {why['worth']} for the priority {why['urgency'] + why['worth']:.1f})"
        case _:
            return ""


async def _read(db: Database, since: float, until: float) -> Recorded:
    cards = await PeopleRoster(db).everyone()
    async with db.reading() as session:
        those = replay.came(await repository.day_stays(session, since, until), since, until)
        # two days before: nobody works longer, and who was at work at midnight must be known
        moved = select(AgentEvent).where(AgentEvent.at >= since - 172800, AgentEvent.at < until).order_by(AgentEvent.id)
        of_the_day = (Offer.offered_at >= since, Offer.offered_at < until, Offer.result == ACCEPTED)
        rang = select(Offer.offered_at, Offer.ended_at).join(Call, Call.id == Offer.call)
        answered = [
            (began, ended) for began, ended in await session.execute(rang.where(*of_the_day, Call.direction == INBOUND))
        ]
        history = list(await session.scalars(moved))
        waited = select(QueueVisit.call).where(QueueVisit.queued_at >= since, QueueVisit.queued_at < until)
        spoken = select(Call.id, Call.language).where(Call.menu != "", Call.id.in_(waited))
        languages = dict((await session.execute(spoken)).all())
    return Recorded({card.number: card.skills for card in cards}, those, languages, history, answered)


async def _story(db: Database, call: str) -> repository.CallStory | None:
    async with db.reading() as session:
        return await repository.call_story(session, call)


def bounds(day: str, rules: Part) -> tuple[float, float]:
    try:
        begins = datetime.combine(date.fromisoformat(day), clock(), zone_of(rules))
        return begins.timestamp(), (begins + timedelta(days=1)).timestamp()
    except (ValueError, OverflowError):
        raise BadInput(f"{day!r} is not a day", "write it as 2026-03-02") from None


def zone_of(rules: Part) -> ZoneInfo:
    return rules("site.yaml", site.read, site.load).zone


def known(rules: Part) -> Queues:
    return rules("queues.yaml", queues.read, queues.load)


def _opening(rules: Part, lines: Queues) -> Opening:
    schedules, zone = rules("hours.yaml", hours.read, hours.load), zone_of(rules)
    return Opening(lines, lambda schedule, at: schedules.is_open(schedule, at, zone))


def at_work(data: Path | None, work: Callable[[Database, Part], Awaitable[Result]]) -> Result:
    """`work` hears the settings as published last, and as the files say where nothing was."""

    async def run() -> Result:
        settings = settings_of(data)
        async with opened(settings) as db:
            return await work(db, Part(settings.config_dir, await texts_of(db)))

    return asyncio.run(run())
