"""`hotline qa learn`: the weights of a pack's `manner` from labelled lines and dialogues."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from app.commands.writing import tell
from core.errors import BadInput
from core.settings import Settings
from qa import dialogue, learning, pack
from qa.pack import Ruleset

BLIND = "blind"
"""What is named so is kept for measuring."""


def learn(
    folder: Annotated[Path, typer.Argument(help="Folder with labelled lines/*.txt and dialogues/**/*.yaml.")],
    name: Annotated[str, typer.Option("--pack", help="Name of a rule pack in config/packs.")] = "zh-bank",
    without: Annotated[list[str] | None, typer.Option(help="A file or folder to leave out, to be measured on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the block `manner` of the pack as learnt anew from single lines (good and bad) and dialogues."""
    rules = pack.load(Settings().config_dir / "packs", name)
    if rules.pack.manner is None:
        raise BadInput(f"the pack {name} has no manner", "give it one: bias, least, reach, words")
    manner = rules.pack.manner
    samples = list(_samples(folder, learning.unweighed(rules), manner.reach, frozenset(without or ())))
    if len({sample.offends for sample in samples}) < 2:
        raise BadInput(f"{folder}: no lines of both kinds", "name a folder with lines and dialogues of the pack")
    bias, words = learning.learn(samples)
    known = {"bias": bias} | manner.model_dump(include={"least", "reach", "hear"}, exclude_none=True)
    joined = {weight: " ".join(many) for weight, many in words.items()}
    lines = ["manner:", *(f"  {name}: {value}" for name, value in known.items()), "  words:"]
    lines += [f"    {weight}: '{many}'" for weight, many in joined.items()]
    tell({"manner": known | {"words": joined}}, "\n".join(lines), as_json=as_json)


def _samples(folder: Path, rules: Ruleset, reach: int, without: frozenset[str]) -> Iterator[learning.Sample]:
    for path in sorted((folder / "lines").glob("*.txt")):
        if "_" in path.stem and not path.stem.startswith(BLIND) and path.stem not in without:
            for rows, said in dialogue.read_lines(path):
                yield learning.of_line(said, offends=bool(rows))
    for path in sorted((folder / "dialogues").rglob("*.yaml")):
        if (without | {BLIND}).isdisjoint((*path.parts, path.stem)):
            for one in dialogue.read(path):
                if one.facts.get("language", "zh") == rules.pack.language:
                    yield from learning.of_dialogue(one, rules, reach)
