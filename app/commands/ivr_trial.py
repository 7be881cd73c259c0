"""The command line of trials: `hotline ivr trial start`, `show` and `end`, two versions of a menu side by side."""

import json
from typing import Annotated

import typer

from app.commands.ivr_live import By, Config, Data, File, Json, Menu, Reason, Seen, in_office, site_time, text_of, who
from ivr.menu_models import MenuTrial
from ivr.published.answers import TrialOut, trial_document
from ivr.usage.comparison import SOURCE, in_words

app = typer.Typer(help="Two versions of a menu side by side on a share of the calls.")
Meant = Annotated[int | None, typer.Option("--seen", min=0, help="refuse if another challenger runs; any if not given")]
Percent = Annotated[float, typer.Option("--share", min=1, max=99, help="percent of the new calls for the challenger")]


@app.command()
def start(
    file: File, share: Percent = 50, reason: Reason = "", by: By = "", seen: Seen = None, config: Config = None,
    data: Data = None, as_json: Json = False,
) -> None:  # fmt: skip
    """Check a menu and let it answer a share of the calls; each call's own id decides, so nothing is left to luck."""
    text = text_of(file)
    part = share / 100
    trial = in_office(data, config, lambda office: office.start_trial(file.stem, text, part, who(by), reason, seen), by)
    _tell(trial, as_json, f"version {trial.challenger} answers {trial.share:.0%} of the calls")


@app.command()
def show(menu: Menu = "main", config: Config = None, data: Data = None, as_json: Json = False) -> None:
    """Both sides of the trial that runs, else of the last: self-service, abandonment, times, and what chance may do."""
    trial, found = in_office(data, config, lambda office: office.trial(menu))
    if as_json:
        print(json.dumps(trial_document(trial, found), ensure_ascii=False))
        return
    moment = site_time(data, config)
    over = f"{trial.result} {moment(trial.ended_at)} by {trial.ended_by}" if trial.ended_at else "running"
    print(
        f"menu {menu}: version {trial.champion} (live) and {trial.challenger} (challenger, {trial.share:.0%}), {over}"
    )
    for line in in_words(found):
        print(line)
    print(f"test: {SOURCE}")


@app.command()
def end(
    menu: Menu = "main",
    take: Annotated[
        bool | None, typer.Option("--take/--drop", help="the challenger becomes live, or is dropped")
    ] = None,
    reason: Reason = "",
    by: By = "",
    seen: Meant = None,
    config: Config = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """End the trial: running calls end on the version they have."""
    if take is None:
        raise typer.BadParameter("say --take or --drop")
    trial = in_office(data, config, lambda office: office.end_trial(menu, who(by), reason, take=take, seen=seen), by)
    _tell(trial, as_json, f"the challenger is {trial.result}")


def _tell(trial: MenuTrial, as_json: bool, text: str) -> None:
    print(TrialOut.model_validate(trial).model_dump_json() if as_json else f"menu {trial.menu}: {text}")
