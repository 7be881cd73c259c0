"""The house rules that a machine can hold: layers, sizes, pure modules, roles on every route."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("core", "accounts", "pbx", "tickets", "knowledge", "acd", "recordings", "ivr", "qa", "agentdesk", "app")
SOURCES = sorted(path for part in PARTS for path in (ROOT / part).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

FILE_CAP, TEST_FILE_CAP, FUNCTION_CAP = 400, 500, 60
MEDIAN_AIM, P95_AIM = 90, 40

EDGES = {
    "models", "repository", "service", "endpoints", "events", "__init__", "__main__",
}  # fmt: skip
"""Module names that may do I/O in every part; the other edges are named below, with why they are edges."""

NAMED_EDGES: dict[str, frozenset[str]] = {
    "accounts": frozenset(
        {
            "access",
            "intake",
            "audit",
            "behind",
            "change_endpoints",
            "changes",
            "display_endpoints",
            "displays",
            "handsets",
            "notice_endpoints",
            "notices",
            "passwords",
            "people",
            "personnel",
            "personnel_endpoints",
            "phone_endpoints",
            "published",
            "published_models",
            "second_endpoints",
            "second_factor",
            "settings",
            "settings_endpoints",
            "taken",
            "tokens",
            "trail",
            "trail_endpoints",
        }
    ),
    "pbx": frozenset(
        {
            "agi",
            "playing",
            "wire",
            "ami",
            "asterisk",
            "fallback",
            "leftovers",
            "watchdog",
            "switch",
            "server",
            "process",
            "probe",
            "ports",
            "home",
            "state",
            "provision",
            "debian",
            "music",
        }
    ),
    "acd": frozenset(
        {
            "afterwards",
            "alarms/watch",
            "conversations",
            "forgetting",
            "agents",
            "outward/callback_endpoints",
            "outward/callback_list",
            "calls",
            "outward/campaign_endpoints",
            "outward/campaigns",
            "wrapup/counts",
            "wrapup/coding",
            "comfort",
            "control_endpoints",
            "counting",
            "dispatcher",
            "door",
            "fallback",
            "rota/handover_endpoints",
            "rota/handovers",
            "history",
            "ledger",
            "missed",
            "opening",
            "outward/outbound_endpoints",
            "outside",
            "reclaims",
            "recovery",
            "ringing",
            "roster",
            "rota/planned",
            "scribe",
            "sound_endpoints",
            "spoken",
            "takeover",
            "talks",
        }
    ),
    "recordings": frozenset(
        {
            "store/files",
            "store/vault",
            "store/keys",
            "speech/recognise",
            "speech/activity",
            "jobs",
            "sound",
            "recorder",
            "speech/languages",
            "speech/modelfile",
            "listening/reach",
            "listening/pieces",
            "listening/playing",
            "listening/custody",
            "pauses",
            "pause_endpoints",
            "keeping/rotation",
            "keeping/deletion",
            "keeping/reconcile",
        }
    ),
    "ivr": frozenset(
        {
            "background",
            "published/book",
            "published/contest",
            "messages/dictation",
            "published/fault_endpoints",
            "published/closing",
            "faults/kept",
            "messages/forgetting",
            "speaking/hearing",
            "usage/lately",
            "menu_models",
            "published/deeds",
            "published/publishing",
            "published/records",
            "faults/rescue",
            "reminder",
            "messages/storing",
            "standing",
            "published/live",
            "selfservice/lookups",
            "messages/box",
            "mouth",
            "prompts/store",
            "runner",
            "satisfaction",
            "survey_endpoints",
            "surveys",
            "selfservice/lock_endpoints",
            "selfservice/verifying",
            "published/versions",
            "visit",
            "prompts/voice",
        }
    ),
    "knowledge": frozenset({"library", "office"}),
    "qa": frozenset(
        {
            "office/blind_endpoints",
            "office/drafts",
            "office/due",
            "office/form",
            "office/inbox",
            "office/deeds",
            "office/owncalls",
            "office/own_endpoints",
            "office/pack_endpoints",
            "office/plan_endpoints",
            "office/plans",
            "office/reading",
            "office/reassigning",
            "office/review_endpoints",
            "office/rounds",
            "figures/sheets",
            "shelf",
            "office/unjudged",
        }
    ),
}
"""Modules that touch the clock, files, the loop or the database because that is their task."""

FORBIDDEN_IN_PURE = {"asyncio", "sqlalchemy", "fastapi", "httpx", "subprocess", "socket", "time", "threading"}


def _imports(path: Path) -> set[str]:
    return {module.split(".")[0] for module in _modules(path)}


def _modules(path: Path) -> set[str]:
    """What is imported, each name with its module: `acd.floor.Floor`, and `acd.inputs` of `from acd import inputs`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return found | {f"{node.module}.{name.name}" for node in froms for name in node.names}


def _is_room(part: str, name: str) -> bool:
    return (ROOT / part / f"{name}.py").exists() or (ROOT / part / name / "__init__.py").exists()


def _name(part: str, path: Path) -> str:
    return path.relative_to(ROOT / part).with_suffix("").as_posix()


def _functions(path: Path) -> list[tuple[str, int]]:
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_layers_import_only_downwards() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("part", PARTS)
def test_folders_and_modules_of_a_part_know_each_other_in_one_direction(part: str) -> None:
    knows: dict[str, set[str]] = {}
    for path in (ROOT / part).rglob("*.py"):
        room = _name(part, path).split("/")[0]
        for module in _modules(path):
            other = module.removeprefix(f"{part}.").split(".")[0]
            if module.startswith(f"{part}.") and other != room and _is_room(part, other):
                knows.setdefault(room, set()).add(other)
    tuple(TopologicalSorter(knows).static_order())  # raises CycleError, which names the circle


def test_only_the_pbx_knows_panoramisk() -> None:
    culprits = [path for path in SOURCES if "panoramisk" in _imports(path) and path.parent.name != "pbx"]
    assert culprits == []


@pytest.mark.parametrize("part", sorted(NAMED_EDGES))
def test_rules_of_a_part_do_no_io(part: str) -> None:
    culprits = {
        str(path.relative_to(ROOT)): sorted(_imports(path) & FORBIDDEN_IN_PURE)
        for path in (ROOT / part).rglob("*.py")
        if path.stem not in EDGES and _name(part, path) not in NAMED_EDGES[part] and _imports(path) & FORBIDDEN_IN_PURE
    }
    assert culprits == {}


def test_named_edges_exist() -> None:
    missing = [f"{part}/{name}" for part, names in NAMED_EDGES.items() for name in names
               if not (ROOT / part / f"{name}.py").exists()]  # fmt: skip
    assert missing == []


def test_files_stay_small() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: size for name, size in lengths.items() if size > FILE_CAP} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= MEDIAN_AIM
    tests = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in TESTS}
    assert {name: size for name, size in tests.items() if size > TEST_FILE_CAP} == {}


def test_functions_stay_small() -> None:
    sizes = [each for path in SOURCES for each in _functions(path)]
    assert [each for each in sizes if each[1] > FUNCTION_CAP] == []
    lengths = sorted(size for _, size in sizes)
    assert lengths[int(len(lengths) * 0.95)] <= P95_AIM


def test_every_module_says_in_its_first_line_what_it_owns() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in [*SOURCES, *TESTS]
        if (text := path.read_text(encoding="utf-8")).strip()
        and not ast.get_docstring(ast.parse(text))
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
