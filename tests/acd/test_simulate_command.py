"""`hotline acd simulate` as its user runs it: files in, JSON and assignments out, faults by file and line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from acd.simulation.traffic import read_agents, read_calls
from app.commands.acd import app
from core.errors import BadInput, ConfigError

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
        (CALLS, AGENTS + "8001\u200b,zh:1,9,10\n", "agents.csv:3: agent 8001 has another shift"),
        (CALLS, AGENTS + "８００１,zh:1,9,10\n", "agents.csv:3: agent 8001 has another shift"),
        (CALLS, AGENTS + "\u200b,zh:1,9,10\n", "agents.csv:3: agent is empty"),
        (CALLS, AGENTS + "8002,zh:1;zh\u200b:2,9,10\n", "agents.csv:3: skill 'zh' is named twice"),
        (CALLS, AGENTS + "8002,zh:1;zh:2,9,10\n", "agents.csv:3: skill 'zh' is named twice"),
        (CALLS, "", "agents.csv:1: no column"),
        (CALLS, AGENTS + f"8002,zh:{'9' * 5000},9,10\n", "is not 1 to 10"),
        (CALLS + f"1,cards,{10**400},,1,\n", AGENTS, "calls.csv:5: priority '1000"),
        (CALLS + "1,cards,0,,1e308,\n", AGENTS, "calls.csv:5: handle '1e308' must be 0 to 1000000000"),
        (CALLS + "1_0,cards,0,,1,\n", AGENTS, "calls.csv:5: arrival '1_0' is not a number"),
        (CALLS + "1,cards,1_0,,1,\n", AGENTS, "calls.csv:5: priority '1_0' is not a whole number"),
        (
            CALLS + "1,cards\x1b[2J,0,,1,\n",
            AGENTS,
            "calls.csv:5: queue 'cards\\x1b[2J' has the unseen character U+001B",
        ),
        (CALLS + "1,cards,0,z\0h,1,\n", AGENTS, "calls.csv:5: skill 'z\\x00h' has the unseen character U+0000"),
        (CALLS, AGENTS + "80\x0002,zh:1,9,10\n", "agents.csv:3: agent '80\\x0002' has the unseen character"),
        (CALLS + '1,cards,0,"zh,en",1,\n', AGENTS, "calls.csv:5: 'zh,en' is not a skill: ',' cannot stand in one"),
        (CALLS + "1,cards,0,zh|en,1,\n", AGENTS, "calls.csv:5: 'zh|en' is not a skill"),
        (CALLS + "1,cards,0,zh／en,1,\n", AGENTS, "calls.csv:5: 'zh/en' is not a skill"),
        (CALLS + "1,cards,0,zh、en,1,\n", AGENTS, "calls.csv:5: 'zh、en' is not a skill"),
        (CALLS + "1,cards,0,zh≤5,1,\n", AGENTS, "calls.csv:5: 'zh≤5' is not a skill"),
        (CALLS, AGENTS + "8002,zh|en:5,9,10\n", "agents.csv:3: 'zh|en:5' is not a skill"),
        (CALLS.replace("priority", "queue"), AGENTS, "calls.csv:1: column queue stands there twice: remove one"),
        (CALLS.replace(",", "\t"), AGENTS, "calls.csv:1: the fields are separated by tabs: save with commas"),
        (CALLS.replace(",", ";"), AGENTS, "calls.csv:1: the fields are separated by semicolons"),
        ("到达,队列\n", AGENTS, "skills, handle, patience (it has 到达,队列): the first line must be arrival,queue"),
        (AGENTS, CALLS, "calls.csv:1: these are the columns of the agents file: are the two files in each"),
        (CALLS.splitlines()[0] + '\n1,"q,0,,1,\n2,q,0,,1,\n', AGENTS, "calls.csv:2: not CSV"),
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


def test_names_that_read_the_same_are_the_same(tmp_path: Path) -> None:
    calls, agents = tmp_path / "calls.csv", tmp_path / "agents.csv"
    calls.write_text("arrival,queue,priority,skills,handle,patience\n0,卡\u200b,0,zh\ufeff>=3,30,\n1,卡,0,zh>=3,30,\n")
    agents.write_text("agent,skills,start,end\n8001 \u200b,zh:5,0,60\n８００１,zh:5,60,90\n")
    assert {(each.queue, *each.skills.items()) for each in read_calls(calls)} == {("卡", ("zh", 3))}
    assert {each.agent for each in read_agents(agents)} == {"8001"}


def test_names_are_printed_as_they_were_first_written(tmp_path: Path) -> None:
    calls = CALLS.splitlines()[0] + "\n0,信用卡（金）,0,,30,\n1,信用卡(金),0,,30,\n2,ＶＩＰ,0,,30,\n"
    agents = "agent,skills,start,end\n８００１,zh:5,0,60\n8001,zh:5,60,90\n"
    found = json.loads(run(tmp_path, "--json", "--assignments", str(tmp_path / "out.csv"), calls=calls, agents=agents))
    assert {queue: each["offered"] for queue, each in found["per_queue"].items()} == {"ＶＩＰ": 1, "信用卡（金）": 2}
    assert list(found["per_agent"]) == ["８００１"]
    rows = [line.split(",")[2:4] for line in (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1:]]
    assert rows == [["信用卡（金）", "８００１"], ["信用卡（金）", "８００１"], ["ＶＩＰ", "８００１"]]


def test_a_queue_that_there_are_rules_for_has_their_name_however_it_is_written(tmp_path: Path) -> None:
    (rules := tmp_path / "queues.yaml").write_text("queues: {general: {name: {en: General}}}")
    out, err = told(tmp_path, "--json", "--queues", str(rules), calls=CALLS.splitlines()[0] + "\n0,ｇeneral,0,,30,\n")
    assert (list(json.loads(out)["per_queue"]), err) == (["general"], "")


def test_unknown_policy_and_missing_file_are_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="choose one of balanced"):
        run(tmp_path, "--policy", "best")
    with pytest.raises(BadInput, match="cannot be written"):
        run(tmp_path, "--assignments", str(tmp_path / "no" / "out.csv"))


def told(folder: Path, *more: str, calls: str = CALLS, agents: str = AGENTS) -> tuple[str, str]:
    """Standard output and standard error."""
    (folder / "calls.csv").write_text(calls, encoding="utf-8")
    (folder / "agents.csv").write_text(agents, encoding="utf-8")
    files = ["--calls", str(folder / "calls.csv"), "--agents", str(folder / "agents.csv")]
    result = CliRunner().invoke(app, ["simulate", *files, *more], catch_exceptions=False, standalone_mode=False)
    assert result.exception is None
    return result.stdout, result.stderr


@pytest.mark.parametrize("name", ["calls.csv", "agents.csv", "link.csv", "twin.csv"])
def test_assignments_are_not_written_over_what_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "calls.csv")
    (tmp_path / "agents.csv").touch()
    (tmp_path / "twin.csv").hardlink_to(tmp_path / "agents.csv")
    with pytest.raises(BadInput, match="is the file that is read: name another file to write"):
        run(tmp_path, "--assignments", str(tmp_path / "." / name))
    assert (tmp_path / "calls.csv").read_text(encoding="utf-8") == CALLS
    assert (tmp_path / "agents.csv").read_text(encoding="utf-8") == AGENTS


def test_all_faults_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    calls = CALLS + "x,cards,0,,1,\n1,cards,0,,1,\n1,,0,,1,\n1,cards\n"
    with pytest.raises(BadInput) as fault:
        run(tmp_path, calls=calls, agents=AGENTS + ",zh:1,0,1\n")
    lines = [str(each).removeprefix(f"{tmp_path}/") for each in (fault.value, *fault.value.also)]
    assert [line.split(": ")[0] for line in lines] == ["calls.csv:5", "calls.csv:7", "calls.csv:8", "agents.csv:3"]


def test_of_very_many_faults_the_first_are_told_and_the_lines_of_others(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as fault:
        run(tmp_path, calls=CALLS + "x,cards,0,,1,\n" * 40)
    assert len(fault.value.also) == 10
    assert "and 30 more faults, in lines 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, …" in str(fault.value.also[-1])


def test_what_no_agent_has_is_told_once_for_each_skill_and_the_document_stays_alone(tmp_path: Path) -> None:
    rows = ("1,q,0,ZH,1,9", "2,q,0,ZH,1,9", "3,q,0,zh≥8,1,9", "4,q,0,fr,1,9", "5,q,0,zh;en,1,9", "6,q,0,zh＞＝5,1,9")
    agents = "agent,skills,start,end\n8001,zh:7,0,99\n8002,en:5,0,99\n8003,fr:5,50,50\n"
    out, err = told(tmp_path, "--json", calls=CALLS.splitlines()[0] + "\n" + "\n".join(rows), agents=agents)
    assert json.loads(out)["answered"] == 1
    assert sorted(err.splitlines()) == [
        "agent '8003': the shift at 50 ends when it starts and answers nobody",
        "skill 'ZH' (2 calls): no agent has it; did you mean 'zh'?",
        "skill 'fr' (1 call): no agent has it",
        "skill 'zh' at level 8 (1 call): the best agent has level 7",
        "skills 'en', 'zh' (1 call): no agent has them together",
    ]


@pytest.mark.parametrize(
    ("arrivals", "said"),
    [
        ((8, 17, 18), "the last shift ends at 17 s, too early for 2 calls"),
        ((32400, 61200), "the last shift ends at 17 s, too early for 2 calls: are the times of both files in seconds?"),
    ],
)
def test_calls_that_come_when_all_have_gone_home_are_told(tmp_path: Path, arrivals: tuple[int, ...], said: str) -> None:
    calls = "\n".join([CALLS.splitlines()[0], *(f"{at},q,0,zh,1,9" for at in arrivals)])
    assert told(tmp_path, calls=calls, agents="agent,skills,start,end\n8001,zh:7,9,17\n")[1] == f"{said}\n"


def test_headings_are_taken_as_they_are_meant(tmp_path: Path) -> None:
    calls = CALLS.replace("arrival,queue,priority", "Arrival , QUEUE,Ｐriority")
    assert told(tmp_path, calls=calls, agents=AGENTS.replace("agent,", "Agent,"))[1].startswith("skill 'loans'")


def test_waits_of_nobody_are_not_said_to_be_nought(tmp_path: Path) -> None:
    head = "agent,skills,start,end\n"
    out, _ = told(tmp_path, agents=head)
    assert "nobody was answered\n" in out
    assert "no agents" in out
    assert "0.0 s" not in out
    out, _ = told(tmp_path, calls=CALLS.splitlines()[0] + "\n")
    assert "service level: no calls" in out
    assert "0.0 s" not in out


def test_what_callers_wait_for_changes_by_the_queues_file_that_is_named(tmp_path: Path) -> None:
    rules = tmp_path / "queues.yaml"
    rules.write_text("""queues:
  general: {name: {en: General}}
  loans: {name: {en: Loans}, skills: {loans: 3}, relax: [{after: 2, skills: {}}]}
""")
    calls = CALLS.splitlines()[0] + "\n5,loans,1,loans>=3,10,\n"
    assert json.loads(told(tmp_path, "--json", calls=calls)[0])["unserved"] == 1
    found = json.loads(told(tmp_path, "--json", "--queues", str(rules), calls=calls)[0])
    assert (found["answered"], found["asa"]) == (1, 2.0)
    calls += "6,loan,1,,10,\n7,loan,1,,10,\n8,zz,1,,10,\n"
    assert "the queues file" not in told(tmp_path, "--json", calls=calls)[1]
    _, err = told(tmp_path, "--json", "--queues", str(rules), calls=calls)
    assert "queue 'loan' (2 calls): the queues file lacks it; did you mean 'loans'?\n" in err
    assert "queue 'zz' (1 call): the queues file lacks it\n" in err
    rules.write_text("queues: {}\n")
    with pytest.raises(ConfigError, match=r"queues\.yaml:1"):
        run(tmp_path, "--queues", str(rules))


def test_each_queue_is_counted_by_its_own_seconds_of_the_queues_file_and_all_by_theirs(tmp_path: Path) -> None:
    (rules := tmp_path / "queues.yaml").write_text("""queues:
  general: {name: {en: General}, service_level_seconds: 30}
  cards: {name: {en: Cards}, service_level_seconds: 10}
""")
    calls = CALLS.splitlines()[0] + "\n0,cards,0,,16,\n1,cards,0,,14,\n"
    cards = json.loads(told(tmp_path, "--json", "--queues", str(rules), calls=calls)[0])
    assert (cards["service_level"], cards["service_level_seconds"]) == (0.5, 10)
    calls += "2,general,0,,10,\n3,gone,0,,10,\n"
    found = json.loads(told(tmp_path, "--json", "--queues", str(rules), calls=calls)[0])
    figures = {
        queue: (each["service_level"], each["service_level_seconds"]) for queue, each in found["per_queue"].items()
    }
    assert figures == {"cards": (0.5, 10), "general": (1.0, 30), "gone": (0.0, 30)}
    assert (found["service_level"], found["service_level_seconds"]) == (0.5, None)
    text = told(tmp_path, "--queues", str(rules), calls=calls)[0]
    assert "service level 50.0% (answered within each queue's seconds of those offered" in text
    assert "cards: 2 offered, 2 answered, service level 50.0% (10 s)" in text


def test_a_seed_is_not_negative(tmp_path: Path) -> None:
    words = ["generate", "poisson", "--out", str(tmp_path), "--seed", "-1"]
    assert CliRunner().invoke(app, words).exit_code == 2
