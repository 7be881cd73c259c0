"""`hotline acd shifts` and `hotline acd adherence`: who is to work when, and who did."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from acd import breaks
from acd.roster import PeopleRoster
from acd.rota import shifts
from acd.rota.adherence import DEFINITIONS, Adherence
from acd.rota.planned import Rota
from acd.rota.shifts import Plan
from app.commands.acd_days import Data, Json, at_work, bounds, zone_of
from app.configuration import Part
from core import tables
from core.database import Database


def plan_shifts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns agent,date,start,end[,breaks]")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Plan the shifts of the days that FILE names, in place of those planned before."""
    text = tables.read(file)

    async def ask(db: Database, rules: Part) -> Plan:
        rota = _rota(rules)
        agents = {card.number for card in await PeopleRoster(db).everyone()}
        planned = shifts.read(text, rota.zone, agents)
        async with db.transaction() as tx:
            await rota.replace(tx, planned, "system")
        return planned

    planned = at_work(data, ask)
    days = [str(each) for each in planned.days]
    text = json.dumps({"days": days, "shifts": len(planned.shifts)})
    print(text if as_json else f"{len(planned.shifts)} shifts planned: {', '.join(days) or 'no day named'}")


def adherence_of_day(
    day: Annotated[str, typer.Argument(metavar="DAY", help="for example 2026-03-02, in the site's time zone")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """How agents kept their shifts, with what each figure means."""

    async def ask(db: Database, rules: Part) -> list[Adherence]:
        async with db.reading() as session:
            kept = await _rota(rules).kept(session, *bounds(day, rules), time.time())
        return [each.adherence for each in kept]

    found = at_work(data, ask)
    if as_json:
        print(json.dumps({"day": day, "definitions": DEFINITIONS, "agents": [asdict(each) for each in found]}))
        return
    for each in found:
        share = "-" if each.adherence is None else f"{each.adherence:.1%}"
        print(
            f"{each.agent}: {share} of {each.planned / 3600:.1f} h, late {each.late / 60:.0f} min, left early "
            f"{each.left_early / 60:.0f} min, outside {each.outside / 60:.0f} min"
        )
    print("\n" + "\n".join(f"{what}: {meaning}" for what, meaning in DEFINITIONS.items()))


def _rota(rules: Part) -> Rota:
    allowed = rules("breaks.yaml", breaks.read, breaks.load)
    return Rota(rules("shifts.yaml", shifts.read_rules, shifts.load), allowed, zone_of(rules))
