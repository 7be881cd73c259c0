"""The script beside a call: the steps of its kind from `config/scripts.yaml`, and what the rule pack forbids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from agentdesk.reading.deskviews import Forbidden, ScriptStep, ScriptView
from core import yamlfile
from core.rulebook import Rulebook
from qa.checks import Says, Text
from qa.pack import Pack, Ruleset
from recordings.transcript import Speaker

FILE = "scripts.yaml"


class Step(BaseModel):
    """`row` is the row of the rule pack that judges it; `{number}` in `say` is the agent's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row: str
    say: Text


class Scripts(Rulebook):
    enquiry: tuple[Step, ...] = ()
    service: tuple[Step, ...] = ()
    complaint: tuple[Step, ...] = ()


def read(text: str) -> Scripts:
    """What a published text says; raises ConfigError."""
    return yamlfile.loads(text, Path(FILE), Scripts)


def load(config_dir: Path) -> Scripts:
    """No scripts when the site has no such file; raises ConfigError with the line."""
    path = config_dir / FILE
    return yamlfile.load(path, Scripts) if path.exists() else Scripts()


@dataclass(frozen=True, slots=True)
class ScriptBook:
    """`scripts` gives those of the moment; `rules`: the pack of each language of calls."""

    scripts: Callable[[], Scripts]
    rules: Sequence[Ruleset]

    def view(self, call_type: str, spoken: str, language: str, number: str) -> ScriptView:
        """For a call held in `spoken`, titles in the reader's `language`."""
        found = next((each for each in self.rules if each.pack.language == spoken), None)
        pack = found.pack if found else None
        steps: tuple[Step, ...] = getattr(self.scripts(), call_type, ())
        return ScriptView(
            call_type=call_type,
            steps=tuple(
                ScriptStep(_title(pack, step.row, language), _said(step.say, spoken).replace("{number}", number))
                for step in steps
            ),
            forbidden=_forbidden(pack, language) if pack else (),
            pack=pack.pack if pack else "–",
            version=pack.version if pack else "–",
        )


def _forbidden(pack: Pack, language: str) -> tuple[Forbidden, ...]:
    """Families that cost the agent points wherever they are said, once each, in the order of the form."""
    names = [
        name
        for row in pack.items.values()
        for check in row.checks
        if isinstance(check, Says) and check.by is Speaker.AGENT and check.verdict == "fail"
        for name in check.families
    ]
    families = [pack.families[name] for name in dict.fromkeys(names)]
    return tuple(
        Forbidden(_said(each.title, language), _said(each.instead, pack.language) if each.instead else "")
        for each in families
        if each.title
    )


def _title(pack: Pack | None, row: str, language: str) -> str:
    found = pack.items.get(row) if pack else None
    return _said(found.title, language) if found else row


def _said(text: Text, language: str) -> str:
    return text.en if language == "en" else text.zh
