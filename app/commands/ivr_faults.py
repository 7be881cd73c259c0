"""The command line of what is wrong with running menus: `hotline ivr faults`, `acknowledge`."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from app.commands.ivr_live import By, Config, Data, Json, in_office, site_time, who
from ivr.published.fault_endpoints import FaultOut


def faults(
    menu: Annotated[str, typer.Argument(metavar="MENU", help="a menu of the centre; all if not given")] = "",
    seen: Annotated[bool, typer.Option("--all", help="the acknowledged ones too, the newest first")] = False,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What callers met that is wrong with the menus, with file and line; exit code 1 while one is not acknowledged."""
    found = [FaultOut.of(each) for each in in_office(data, config, lambda office: office.faults(menu, seen=seen))]
    if as_json:
        print(json.dumps({"faults": [each.model_dump(mode="json") for each in found]}, ensure_ascii=False))
    elif not found:
        print("no faults")
    moment = site_time(data, config)
    for each in [] if as_json else found:
        _show(each, moment)
    if any(not each.seen_by for each in found):
        raise typer.Exit(1)


def acknowledge(
    fault: Annotated[str, typer.Argument(metavar="FAULT", help="its id, as `hotline ivr faults` names it")],
    by: By = "",
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """You have seen to a fault: its alarm ends; should it come back, it is reported anew."""
    told = FaultOut.of(in_office(data, config, lambda office: office.acknowledge(fault, who(by)), by))
    if as_json:
        print(json.dumps(told.model_dump(mode="json"), ensure_ascii=False))
    else:
        print(f"{told.id}: acknowledged by {told.seen_by} at {site_time(data, config)(told.seen_at or 0.0)}")


def _show(fault: FaultOut, moment: Callable[[float], str]) -> None:
    line = f":{fault.line}" if fault.line else ""
    step = f"step {fault.step}: " if fault.step else ""
    print(f"{fault.menu}.yaml{line}: {step}{fault.problem}: {fault.remedy}")
    met = f"{fault.calls} calls, {fault.times} times, {moment(fault.first_at)} to {moment(fault.last_at)}"
    last = f", last call {fault.call}" if fault.call else ""
    ended = f"over: {fault.over}" if fault.over else f"acknowledged by {fault.seen_by}"
    seen = f", {ended}" if fault.seen_by else ""
    print(f"  {fault.id}  {fault.kind}, version {fault.version}: {met}{last}{seen}")
