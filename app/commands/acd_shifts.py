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
from app.commands.acd_days import Data, Json, at_work, bounds
from app.commands.database import settings_of
from core import site, tables
from core.database import Database
from core.settings import Settings


def plan_shifts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns agent,date,start,end[,breaks]")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Plan the shifts of the days that FILE names, in place of those planned before."""
    settings = settings_of(data)
    text = tables.read(file)
    rota = _rota(settings)

    async def ask(db: Database) -> Plan:
        agents = {card.number for card in await PeopleRoster(db).everyone()}
        planned = shifts.read(text, rota.zone, agents)
        async with db.transaction() as tx:
            await rota.replace(tx, planned, "system")
        return planned

    planned = at_work(settings, ask)
    days = [str(each) for each in planned.days]
    text = json.dumps({"days": days, "shifts": len(planned.shifts)})
    print(text if as_json else f"{len(planned.shifts)} shifts planned: {', '.join(days) or 'no day named'}")


def adherence_of_day(
    day: Annotated[str, typer.Argument(metavar="DAY", help="for example 2026-03-02, in the site's time zone")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """How agents kept their shifts, with what each figure means."""
    settings = settings_of(data)
    since, until = bounds(day, settings)
    rota = _rota(settings)

    async def ask(db: Database) -> list[Adherence]:
        async with db.reading() as session:
            return [each.adherence for each in await rota.kept(session, since, until, time.time())]

    found = at_work(settings, ask)
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


def _rota(settings: Settings) -> Rota:
    place = settings.config_dir
    return Rota(shifts.load(place), breaks.load(place), site.load(place).zone)
