"""The steps that queues name must be in the menus: queues.yaml may send waiting callers on to no other."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from acd.landings import landings
from acd.queues import Queues
from core import yamlfile
from core.errors import ConfigError
from core.yamlfile import Place
from ivr.references import leads_to
from ivr.schema import Flow

Flows = Mapping[str, Sequence[Flow]]
"""What each menu says: in its file, or as it was published last."""


def flows(directory: Path, menus: Iterable[str], published: Mapping[str, str]) -> Flows:
    """Those that can be read."""
    found: dict[str, list[Flow]] = {}
    for name in dict.fromkeys(menus):
        path = directory / "menus" / f"{name}.yaml"
        found[name] = []
        for text in dict.fromkeys((yamlfile.said(path), published.get(name, ""))):
            with suppress(ConfigError):
                found[name].append(yamlfile.loads(text, path, Flow))
    return found


def demand_landings(lines: Queues, said: str, path: Path, menus: Flows) -> None:
    """A menu that leads to a queue has the step in one of its texts; where none does some menu has it.

    Raises ConfigError with the lines of `said`. A menu without a text that can be read is told of elsewhere.
    """
    if not all(menus.values()):
        return
    missing: dict[Place, tuple[str, str]] = {}
    for queue in lines.queues:
        leading = [menu for menu, texts in menus.items() if any(leads_to(each, queue) for each in texts)]
        for place, step in landings(lines.queues, queue):
            without = [menu for menu, texts in menus.items() if not any(step in each.steps for each in texts)]
            if wrong := [menu for menu in leading if menu in without] or (without if without == list(menus) else []):
                missing.setdefault(place, (step, wrong[0]))
    if missing:
        nodes = yamlfile.outline(said)
        raise ConfigError.of(
            ConfigError(
                path, yamlfile.line_of(nodes, place), f"there is no step {step!r} in menu {menu!r}",
                f"steps are: {', '.join(menus[menu][0].steps)}", place,
            )
            for place, (step, menu) in missing.items()
        )  # fmt: skip
