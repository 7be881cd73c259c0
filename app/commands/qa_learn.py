"""`hotline qa learn`: the weights of a pack's `manner` and `acts` from labelled lines and dialogues."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.writing import tell
from core.errors import BadInput
from core.settings import Settings
from qa import acts, dialogue, learning, pack
from qa.acts import Learnt
from qa.dialogue import Dialogue
from qa.pack import Act, Acts, Manner, Ruleset
from qa.regression import Words

BLIND = "blind"
"""What is named so is kept for measuring."""


class Labelled:
    """The folder's files and dialogues to learn from."""

    def __init__(self, folder: Path, without: frozenset[str], language: str) -> None:
        self._folder = folder
        self._without = without
        self._language = language

    def lines(self, part: str) -> list[Path]:
        paths = sorted((self._folder / part).glob("*.*"))
        return [path for path in paths if not path.stem.startswith(BLIND) and path.stem not in self._without]

    def dialogues(self) -> Iterator[Dialogue]:
        for path in sorted((self._folder / "dialogues").rglob("*.yaml")):
            if (self._without | {BLIND}).isdisjoint((*path.parts, path.stem)):
                for one in dialogue.read(path):
                    if one.facts.language == self._language:
                        yield one


def learn(
    folder: Annotated[
        Path,
        typer.Argument(help="Folder with labelled lines/*.txt, lines/*.tsv, acts/*.tsv and dialogues/**/*.yaml."),
    ],
    name: Annotated[str, typer.Option("--pack", help="Name of a rule pack in config/packs.")] = "zh-bank",
    without: Annotated[list[str] | None, typer.Option(help="A file or folder to leave out, to be measured on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Print the blocks `manner` and `acts` of the pack as learnt anew from single lines, exchanges and dialogues."""
    rules = pack.load(Settings().config_dir / "packs", name)
    if rules.pack.manner is None:
        raise BadInput(f"the pack {name} has no manner", "give it one: least, hear, offends, rows, answers")
    labelled = Labelled(folder, frozenset(without or ()), rules.pack.language)
    plain = learning.unweighed(rules)
    found = {"manner": _manner(labelled, plain, rules.pack.manner, folder)}
    if rules.pack.acts:
        found["acts"] = _acts(labelled, plain, rules.pack.acts)
    tell(found, "\n".join(_block(found)), as_json=as_json)


def _manner(labelled: Labelled, rules: Ruleset, known: Manner, folder: Path) -> dict[str, Any]:
    samples = list(_samples(labelled, rules))
    if len({bool(sample.rows) for sample in samples}) < 2:
        raise BadInput(f"{folder}: no lines of both kinds", "name a folder with lines and dialogues of the pack")
    found = {scale: _scale(*learnt) for scale, learnt in learning.learn(samples).items()}
    offends, answers = found.pop("offends"), found.pop("answers")
    return known.model_dump(include={"least", "hear"}) | {"offends": offends, "rows": found, "answers": answers}


def _acts(labelled: Labelled, rules: Ruleset, known: Acts) -> dict[str, Any]:
    """Lines for acts that the pack does not read are left out, and so are acts for which nobody has judged lines."""
    judged = [each for path in labelled.lines("acts") for each in dialogue.read_acts(path) if each[1] in known.read]
    turns = [turn for one, act, does in judged for turn in acts.heard(one, rules, act, does)]
    turns += [turn for one in labelled.dialogues() for turn in acts.heard(one, rules)]
    read = {act: _act(found, known.read[act]) for act, found in acts.learn(turns).items()}
    return {"least": known.least, "alone": known.alone, "read": read}


def _act(found: Learnt, known: Act) -> dict[str, Any]:
    phrase = {} if known.phrase is None else {"phrase": found.phrase}
    return {"by": found.by.value, "families": [*known.families]} | phrase | _scale(found.bias, found.words)


def _scale(bias: float, words: Words) -> dict[str, Any]:
    return {"bias": bias, "words": {weight: " ".join(many) for weight, many in words.items()}}


def _block(tree: dict[Any, Any], depth: int = 0) -> Iterator[str]:
    for name, value in tree.items():
        match value:
            case dict():
                yield f"{'  ' * depth}{name}:"
                yield from _block(value, depth + 1)
            case list():
                yield f"{'  ' * depth}{name}: [{', '.join(value)}]"
            case str():
                yield f"{'  ' * depth}{name}: '{value}'"
            case _:
                yield f"{'  ' * depth}{name}: {value}"


def _samples(labelled: Labelled, rules: Ruleset) -> Iterator[learning.Sample]:
    for path in labelled.lines("lines"):
        if path.suffix == ".tsv":
            for rows, turn, answer in dialogue.read_exchanges(path):
                yield learning.of_line(rows, turn, answer)
        elif "_" in path.stem:
            for rows, said in dialogue.read_lines(path):
                yield learning.of_line(rows, said)
    for one in labelled.dialogues():
        yield from learning.of_dialogue(one, rules)
