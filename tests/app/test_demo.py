"""The demonstration: whether its check sees what went wrong, its stories hold together, and the whole comes out."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from acd import queues
from app.demo.cast import ACTORS, Manner
from app.demo.check import check, sounds_like
from app.demo.expected import Expected, Rows
from app.demo.records import Offered, Recorded, Score
from app.demo.report import Row
from app.demo.site import CLOSED, RING_SECONDS, copy_config
from app.demo.sounds import dialogue_lines, lines_of
from app.demo.stage import Stage
from app.demo.stories import STORIES
from app.demo.story import Story
from app.phones.caller import Result
from core.settings import ROOT

STORY = Story(
    "straight", "13900000001", {"en": "straight"}, (),
    Expected("answered", "cards", "121", ("accepted",), heard=("信用卡",), speech="ready",
             score={Manner.GOOD: (80.0, 100.0), Manner.RUDE: (0.0, 60.0)}),
)  # fmt: skip
HEARD = Result("13900000001", answered_at=100.0, ended_at=140.0)
FOUND = Recorded(
    call="c1", outcome="answered", language="zh", keys="121", path=("welcome", "main"), queue="cards", agent="8001",
    queued_at=104.0, connected_at=106.0, talk_ended_at=130.0, ended_at=131.0, ended_by="customer",
    offers=(Offered("8001", "accepted", 105.0),), recordings=1, speech="ready", text="customer: 我想查信用卡",
    score=Score(95.0, False, ()), contact="",
)  # fmt: skip


def failed(stages: list[Stage]) -> list[str]:
    return [stage.name for stage in stages if not stage.passed]


def test_call_recorded_as_told_passes_every_stage() -> None:
    assert failed(check(STORY, HEARD, FOUND, {})) == []


@pytest.mark.parametrize(
    ("found", "stages"),
    [
        (replace(FOUND, outcome="abandoned"), ["outcome"]),
        (replace(FOUND, keys="12"), ["keys"]),
        (replace(FOUND, queue="loans"), ["queue"]),
        (replace(FOUND, offers=()), ["offers"]),
        (replace(FOUND, recordings=2), ["recordings"]),
        (replace(FOUND, speech="failed", text="", score=None), ["speech", "transcript", "score"]),
        (replace(FOUND, text="customer: 我想查余额"), ["transcript"]),
        (replace(FOUND, score=Score(40.0, False, ())), ["score"]),
        (replace(FOUND, contact="sms"), ["message"]),
        (None, ["call record"]),
    ],
)
def test_each_difference_fails_its_stage(found: Recorded | None, stages: list[str]) -> None:
    assert failed(check(STORY, HEARD, found, {})) == stages


def test_score_is_judged_by_the_manner_of_the_agent_who_took_the_call() -> None:
    rude = next(actor for actor in ACTORS if actor.manner is Manner.RUDE)
    served = replace(FOUND, agent=rude.number, score=Score(95.0, False, ()))
    assert failed(check(STORY, HEARD, served, {})) == ["score"]


def test_rows_that_must_fail_or_pass_are_looked_at_one_by_one() -> None:
    rows = {Manner.GOOD: Rows(fails=("A2",), passes=("A1", "A4"))}
    story = replace(STORY, expected=replace(STORY.expected, rows=rows))
    as_told = {"A1": "pass", "A2": "fail", "A4": "na"}
    assert failed(check(story, HEARD, replace(FOUND, score=Score(95.0, False, (), as_told)), {})) == []
    for other in ({"A1": "fail"}, {"A2": "review"}, {"A4": "review"}):
        served = replace(FOUND, score=Score(95.0, False, (), as_told | other))
        assert failed(check(story, HEARD, served, {})) == ["rows"]


def test_telephone_that_was_never_answered_fails() -> None:
    assert failed(check(STORY, Result("13900000001"), FOUND, {})) == ["telephone"]


def test_overtaking_needs_a_later_arrival_and_an_earlier_answer() -> None:
    story = replace(STORY, expected=replace(STORY.expected, overtakes="other"))
    other = replace(FOUND, queued_at=101.0, connected_at=120.0)
    assert failed(check(story, HEARD, FOUND, {"other": other})) == []
    assert failed(check(story, HEARD, FOUND, {"other": replace(other, connected_at=105.0)})) == ["overtakes"]
    assert failed(check(story, HEARD, FOUND, {"other": replace(other, queued_at=105.0)})) == ["overtakes"]


def test_homophones_count_as_the_words() -> None:
    assert sounds_like("账单", "customer: 我 的 帐单")
    assert not sounds_like("账单", "customer: 我的账户")


def test_failed_row_says_what_failed() -> None:
    row = Row(STORY, FOUND, (Stage("queue", False, "wanted 'cards', found 'loans'"),))
    assert not row.passed
    assert "found 'loans'" in row.why
    assert row.as_json()["passed"] is False


def test_every_story_has_its_own_number_and_every_agent_lines_for_it() -> None:
    assert len({story.number for story in STORIES}) == len(STORIES) >= 8
    for story in STORIES:
        for actor in ACTORS:
            if dialogue := story.dialogue.get(actor.manner):
                assert set(dialogue_lines(story, actor, dialogue)) <= lines_of(story)


def test_stories_name_only_callers_and_agents_that_exist() -> None:
    names, numbers = {story.name for story in STORIES}, {actor.number for actor in ACTORS}
    for story in STORIES:
        assert story.expected.overtakes in names | {""}
        assert set(story.expected.agents) <= numbers


def test_own_configuration_closes_today_and_rings_shortly(tmp_path: Path) -> None:
    copy = copy_config(ROOT / "config", tmp_path / "config", date(2026, 3, 2))
    hours = YAML(typ="rt").load(copy / "hours.yaml")
    assert hours["schedules"][CLOSED]["special_days"] == {date(2026, 3, 2): "closed"}
    assert {queue.ring_seconds for queue in queues.load(copy).queues.values()} == {RING_SECONDS}


@pytest.mark.real
def test_whole_demonstration_comes_out_as_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "demo", "--exit", "--json", "--web-port", "0", "--data", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580, check=False)
    assert ran.stdout, ran.stderr[-3000:]
    calls = json.loads(ran.stdout)["calls"]
    assert {call["story"]: call["why"] for call in calls if not call["passed"]} == {}
    assert ran.returncode == 0
