"""`hotline qa`: score transcripts, check rule packs, measure them on labelled dialogues."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands import qa_history, qa_learn
from app.commands.writing import tell
from core import site
from core.errors import BadInput
from core.settings import Settings
from qa import dialogue, evaluation, pack, scoring
from qa.lint import idle_phrases
from qa.noise import ERRORS
from qa.pack import Ruleset
from qa.reference import reference, schema
from qa.verdict import Verdict
from recordings import transcript

app = typer.Typer(help="Quality scoring by rule packs.")

PackName = Annotated[str, typer.Option("--pack", help="Name of a rule pack in config/packs.")]
PackOrNone = Annotated[str, typer.Option("--pack", help="Name of a rule pack; by the call's language if not given.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
DEFAULT = "zh-bank"
"""The pack for calls in a language that site.yaml gives none."""

_SIGNS = {"pass": "✓", "fail": "✗", "review": "?", "manual": "·", "na": "-"}


@app.command("score")
def score_files(
    files: Annotated[list[Path], typer.Argument(help="Transcripts (*.transcript.json).")],
    pack_name: PackOrNone = "",
    as_json: AsJson = False,
    language: Annotated[str, typer.Option("--lang", help="Language of the reasons: zh or en; the pack's own.")] = "",
) -> None:
    """Score transcripts: an object for one file, a list for several with --json."""
    if language not in ("", "zh", "en"):
        raise BadInput(f"--lang {language}: unknown language", "give zh or en")
    talks = [(file, transcript.read(file)) for file in files]
    for file, talk in talks:
        if odd := transcript.overrun(talk):
            print(f"hotline: {file}: {odd}", file=sys.stderr)
    names = [pack_name or _pack_of(talk.call.language, file) for file, talk in talks]
    packs = {name: load_pack(name) for name in names}
    results = [(file, scoring.score(talk, packs[name])) for (file, talk), name in zip(talks, names, strict=True)]
    if as_json:
        documents = [scoring.document(result, str(file), language) for file, result in results]
        _print_json(documents[0] if len(documents) == 1 else documents)
        return
    for file, result in results:
        _show(file, result, language or result.language, packs[result.pack])


_IDLE = {
    "twice": "stands there twice", "taken_back": "is always taken back by an exception", "shadowed": "is covered by ",
}  # fmt: skip


@app.command("lint")
def lint(names: Annotated[list[str], typer.Argument(help="Names of rule packs.")], as_json: AsJson = False) -> None:
    """Check rule packs and the tests beside them: structure, phrases, weights, and phrases that can never count."""
    checked = []
    for name in names:
        rules = load_pack(name)
        if (tests := _tests_of(name)).is_file():
            dialogue.unit_tests(tests)
        phrases = sum(len(family.say) for family in rules.pack.families.values())
        unused = pack.unused_families(rules.pack)
        idle = idle_phrases(rules)
        told = [asdict(one) for one in idle]
        checked.append(
            {"pack": name, "version": rules.version, "phrases": phrases, "unused_families": unused, "idle": told}
        )
        if not as_json:
            note = f"; families no rule uses: {', '.join(unused)}" if unused else ""
            print(f"{name} {rules.version}: {phrases} phrases, {len(rules.pack.items)} rows{note}")
            for one in idle:
                print(f"  {one.family}: {one.phrase} {_IDLE[one.why]}{one.other}")
    if as_json:
        _print_json(checked)


@app.command("checks")
def checks(as_json: AsJson = False) -> None:
    """The checks that a rule pack may use, with their fields, as docs/packs.md has them; --json: their JSON schema."""
    print(json.dumps(schema(), ensure_ascii=False, indent=1) if as_json else reference())


@app.command("test")
def run_unit_tests(
    names: Annotated[list[str], typer.Argument(help="Names of rule packs.")], as_json: AsJson = False
) -> int:
    """Run the unit tests beside the packs (packs/tests/NAME.yaml); exit code 1 when a verdict is not as written."""
    told = []
    for name in names:
        rules = load_pack(name)
        labelled = dialogue.unit_tests(_tests_of(name))
        result = evaluation.evaluate(labelled, rules)
        told.append(evaluation.document(result, name, rules.version, 0.0))
        if not as_json:
            print(f"{name} {rules.version}: {len(labelled)} calls, {len(result.mistakes)} verdicts not as written")
            for one in result.mistakes:
                print(f"  {one.kind} {one.row} in {one.dialogue}: {one.said}")
    if as_json:
        _print_json(told)
    return 1 if any(one["mistakes"] for one in told) else 0


@app.command("evaluate")
def evaluate(
    folder: Annotated[Path, typer.Argument(help="Folder of labelled dialogues (*.yaml).")],
    pack_name: PackName = "zh-bank",
    noise: Annotated[float, typer.Option(min=0, max=0.5, help="Part of the characters heard wrongly.")] = 0.0,
    errors: Annotated[str, typer.Option(help="What goes wrong: homophones or mixed.")] = "homophones",
    seeds: Annotated[int, typer.Option(min=1, help="How often each dialogue is disturbed.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Precision, recall and F1 of "fail" for every row, on labelled dialogues."""
    rules, labelled = load_pack(pack_name), _labelled(folder)
    if errors not in ERRORS:
        raise BadInput(f"--errors {errors}: unknown kind", f"give one of: {', '.join(ERRORS)}")
    result = evaluation.evaluate(labelled, rules, noise, range(seeds), errors)
    if as_json:
        _print_json(evaluation.document(result, pack_name, rules.version, noise))
        return
    print(f"{pack_name} {rules.version}, {result.dialogues} calls, noise {noise:.0%}")
    for verdict, tallies in (("fail", result.fails), ("review", result.reviews)):
        for row, tally in tallies.items():
            print(f"{row} {verdict:6}  P {tally.precision:.2f}  R {tally.recall:.2f}  F1 {tally.f1:.2f}  "
                  f"({tally.right} right, {tally.wrong} wrong, {tally.missed} missed)")  # fmt: skip
    print(f"macro-F1 {result.macro_f1:.3f}, vetoes wrongly raised {result.false_vetoes}")
    for one in result.mistakes:
        print(f"  {one.kind} {one.row} in {one.dialogue} ({one.seed}): {one.said}")


@app.command("table")
def table(
    folder: Annotated[Path, typer.Argument(help="Folder of labelled dialogues (*.yaml).")],
    pack_name: PackName = "zh-bank",
    seeds: Annotated[int, typer.Option(min=1, help="How often each dialogue is disturbed.")] = 3,
    as_json: AsJson = False,
) -> None:
    """The figures of every row as a Markdown table: clean, and with wrong characters of both kinds."""
    rules = load_pack(pack_name)
    made = evaluation.table(_labelled(folder), rules, range(seeds))
    tell({"pack": pack_name, "version": rules.version, "table": made}, made, as_json=as_json)


app.command("learn")(qa_learn.learn)
app.command("impact")(qa_history.impact)
app.command("versions")(qa_history.versions)


def _pack_of(language: str, file: Path) -> str:
    """By the language's first part in whatever case: zh_CN and ZH are zh. Standard error tells of none."""
    found = site.load(Settings().config_dir).packs.get(language[:2].lower())
    if found is None:
        why = f"site.yaml gives no rule pack for calls in {language!r}, judged by {DEFAULT}"
        print(f"hotline: {file}: {why}: name another with --pack", file=sys.stderr)
    return found or DEFAULT


def _labelled(folder: Path) -> list[dialogue.Dialogue]:
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise BadInput(f"{folder}: no dialogues (*.yaml)", "name a folder of labelled dialogues")
    return [one for path in paths for one in dialogue.read(path)]


def packs_dir() -> Path:
    return Settings().config_dir / "packs"


def _tests_of(name: str) -> Path:
    return packs_dir() / "tests" / f"{name}.yaml"


def load_pack(name: str) -> Ruleset:
    return pack.load(packs_dir(), name)


def _show(file: Path, result: scoring.Score, language: str, rules: Ruleset) -> None:
    veto = f"  veto {' '.join(result.veto)}" if result.veto else ""
    print(f"{file}: {result.score:g}{veto}  ({result.pack} {result.version})")
    for one in result.anger:
        print(f"  ! {'客户愤怒' if language == 'zh' else 'angry customer'} {one.at:.1f} s: {one.text}")
    for said in result.wording:
        label = "措辞待听" if language == "zh" else "wording to hear"
        print(f"  ~ {label} {said.at:.1f} s ({' '.join(said.words)}): {said.text}")
    for item in result.items:
        if item.verdict in (Verdict.PASS, Verdict.NA, Verdict.MANUAL):
            continue
        title = getattr(rules.pack.items[item.id].title, language)
        print(f"  {_SIGNS[item.verdict]} {item.id} {title} −{item.deduction:g}: {getattr(item.reason, language)}")
        for one in item.evidence:
            print(f"      {one.at:7.1f} s {one.speaker}: {one.text}")


def _print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2))
