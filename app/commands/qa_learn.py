"""`hotline qa learn`: the weights of a pack's `manner` from labelled lines and dialogues."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.writing import tell
from core.errors import BadInput
from core.settings import Settings
from qa import dialogue, learning, pack
from qa.pack import Ruleset

BLIND = "blind"
"""What is named so is kept for measuring."""


def learn(
    folder: Annotated[
        Path, typer.Argument(help="Folder with labelled lines/*.txt, lines/*.tsv and dialogues/**/*.yaml.")
    ],
    name: Annotated[str, typer.Option("--pack", help="Name of a rule pack in config/packs.")] = "zh-bank",
    without: Annotated[list[str] | None, typer.Option(help="A file or folder to leave out, to be measured on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the block `manner` of the pack as learnt anew from single lines, exchanges and dialogues."""
    rules = pack.load(Settings().config_dir / "packs", name)
    if rules.pack.manner is None:
        raise BadInput(f"the pack {name} has no manner", "give it one: least, hear, offends, rows, answers")
    samples = list(_samples(folder, learning.unweighed(rules), frozenset(without or ())))
    if len({bool(sample.rows) for sample in samples}) < 2:
        raise BadInput(f"{folder}: no lines of both kinds", "name a folder with lines and dialogues of the pack")
    found = {
        scale: {"bias": bias, "words": {weight: " ".join(many) for weight, many in words.items()}}
        for scale, (bias, words) in learning.learn(samples).items()
    }
    offends, answers = found.pop("offends"), found.pop("answers")
    manner = rules.pack.manner.model_dump(include={"least", "hear"})
    manner |= {"offends": offends, "rows": found, "answers": answers}
    tell({"manner": manner}, "\n".join(_block({"manner": manner})), as_json=as_json)


def _block(tree: dict[Any, Any], depth: int = 0) -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield f"{'  ' * depth}{name}:"
            yield from _block(value, depth + 1)
        else:
            yield f"{'  ' * depth}{name}: " + (f"'{value}'" if isinstance(value, str) else str(value))


def _samples(folder: Path, rules: Ruleset, without: frozenset[str]) -> Iterator[learning.Sample]:
    for path in sorted((folder / "lines").iterdir()):
        if path.stem.startswith(BLIND) or path.stem in without:
            continue
        if path.suffix == ".tsv":
            for rows, turn, answer in dialogue.read_exchanges(path):
                yield learning.of_line(rows, turn, answer)
        elif "_" in path.stem:
            for rows, said in dialogue.read_lines(path):
                yield learning.of_line(rows, said)
    for path in sorted((folder / "dialogues").rglob("*.yaml")):
        if (without | {BLIND}).isdisjoint((*path.parts, path.stem)):
            for one in dialogue.read(path):
                if one.facts.get("language", "zh") == rules.pack.language:
                    yield from learning.of_dialogue(one, rules)
