"""`hotline acd simulate` as its user runs it: files in, JSON and assignments out, faults by file and line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acd.simulation.traffic import read_agents, read_calls
from app.commands.acd import app
from core.errors import BadInput

CALLS = (
    "arrival,queue,priority,skills,handle,patience\n0,cards,0,cards,30,\n5,loans,1,loans>=3;zh,10,2.5\n6,cards,0,,10,\n"
)
AGENTS = "agent,skills,start,end\n8001,cards:5;zh:9,0,3600\n"


def run(folder: Path, *more: str, calls: str = CALLS, agents: str = AGENTS) -> str:
    (folder / "calls.csv").write_text(calls, encoding="utf-8")
    (folder / "agents.csv").write_text(agents, encoding="utf-8")
    files = ["--calls", str(folder / "calls.csv"), "--agents", str(folder / "agents.csv")]
    result = CliRunner().invoke(app, ["simulate", *files, *more], catch_exceptions=False, standalone_mode=False)
    if isinstance(result.exception, BadInput):
        raise result.exception
    return result.stdout


def test_the_document_has_the_agreed_fields_and_figures(tmp_path: Path) -> None:
    found = json.loads(run(tmp_path, "--json", "--assignments", str(tmp_path / "out.csv")))
    assert set(found) == {
        "policy", "offered", "answered", "abandoned", "unserved", "service_level", "service_level_seconds", "asa",
        "wait_p50", "wait_p95", "wait_max", "occupancy", "mean_skill_level", "per_queue", "per_agent", "decisions",
        "wall_seconds",
    }  # fmt: skip
    assert (found["offered"], found["answered"], found["abandoned"], found["unserved"]) == (3, 2, 1, 0)
    assert (found["asa"], found["wait_max"], found["service_level"]) == (12.0, 24.0, 1 / 3)
    assert found["per_queue"]["loans"]["abandoned"] == 1
    assert (tmp_path / "out.csv").read_text() == (
        "call,arrival,queue,agent,answered_at\n0,0.0,cards,8001,0.0\n2,6.0,cards,8001,30.0\n"
    )


def test_text_says_what_the_service_level_means(tmp_path: Path) -> None:
    assert "answered within 20 s of those offered, abandoned ones included" in run(tmp_path)


@pytest.mark.parametrize(
    ("calls", "agents", "place"),
    [
        ("arrival,queue\n1,x\n", AGENTS, "calls.csv:1: no column priority, skills, handle, patience"),
        (CALLS + "x,cards,0,,1,\n", AGENTS, "calls.csv:5: arrival 'x' is not a number"),
        (CALLS + "1,cards,0,,-1,\n", AGENTS, "calls.csv:5: handle '-1' must be 0 to 1000000000"),
        (CALLS + "nan,cards,0,,1,\n", AGENTS, "calls.csv:5: arrival 'nan' must be 0 to 1000000000"),
        (CALLS + "1,cards,high,,1,\n", AGENTS, "calls.csv:5: priority 'high' is not a whole number"),
        (CALLS + "1,cards,0,zh>5,1,\n", AGENTS, "calls.csv:5: 'zh>5' is not a skill"),
        (CALLS + "1,cards,0,zh>=0,1,\n", AGENTS, "calls.csv:5: level '0'"),
        (CALLS + "1,cards,0\n", AGENTS, "calls.csv:5: not 6 fields"),
        (CALLS + "1,,0,,1,\n", AGENTS, "calls.csv:5: queue is empty"),
        (CALLS, AGENTS + "8002,cards,0,1\n", "agents.csv:3: level '' in 'cards'"),
        (CALLS, AGENTS + "8002,zh:1,9,1\n", "agents.csv:3: the shift ends before it starts"),
        (CALLS, AGENTS + "8001,zh:1,9,10\n", "agents.csv:3: agent 8001 has another shift"),
        (CALLS, AGENTS + "8002,zh:1;zh:2,9,10\n", "agents.csv:3: skill 'zh' is named twice"),
        (CALLS, "", "agents.csv:1: no column"),
        (CALLS, AGENTS + f"8002,zh:{'9' * 5000},9,10\n", "is not 1 to 10"),
        (CALLS + f"1,cards,{10**400},,1,\n", AGENTS, "calls.csv:5: priority '1000"),
        (CALLS + "1,cards,0,,1e308,\n", AGENTS, "calls.csv:5: handle '1e308' must be 0 to 1000000000"),
        ("PK\x03\x04", AGENTS, "calls.csv: this is a workbook"),
    ],
)
def test_broken_file_is_named_with_its_line(tmp_path: Path, calls: str, agents: str, place: str) -> None:
    with pytest.raises(BadInput) as fault:
        run(tmp_path, calls=calls, agents=agents)
    assert place in str(fault.value)


@pytest.mark.parametrize("coding", ["utf-8-sig", "gb18030", "utf-16"])
def test_files_are_read_as_spreadsheets_save_them(tmp_path: Path, coding: str) -> None:
    calls, agents = tmp_path / "calls.csv", tmp_path / "agents.csv"
    calls.write_bytes(
        "arrival, queue,priority,skills,handle,patience,\r\n0,外汇,0,英语＞＝３；外汇,30,,\r\n,,,,,,\r\n".encode(coding)
    )
    agents.write_bytes("agent,skills,start,end\n八号,英语：5;外汇:1,0,60\n\n".encode(coding))
    assert [(each.queue, each.skills) for each in read_calls(calls)] == [("外汇", {"英语": 3, "外汇": 1})]
    assert [(each.agent, each.skills) for each in read_agents(agents)] == [("八号", {"英语": 5, "外汇": 1})]


def test_unknown_policy_and_missing_file_are_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="choose one of balanced"):
        run(tmp_path, "--policy", "best")
    with pytest.raises(BadInput, match="cannot be written"):
        run(tmp_path, "--assignments", str(tmp_path / "no" / "out.csv"))
