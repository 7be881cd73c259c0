"""Key → next prompt starts, as the caller hears it: our menu next to the same one in plain dial plan, same Asterisk.

The plain menu is Background and WaitExten on the same sound files. Both are asked by the same callers, in a process
of their own. Ours starts in the switch too, as was said ahead; what it takes longer is the engine's processor time.
"""

import asyncio
import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from app.bench.ring import Figures, figures
from app.bench.site import MENU
from app.centre import Centre
from core.errors import HotlineError
from core.settings import ROOT
from ivr import menus
from ivr.prompts import voice
from ivr.prompts.store import PromptStore

PLAIN_NUMBER = "95568"
LOW, HIGH = 440.0, 1500.0
SECONDS = 40.0
DEADLINE = 300.0
AIM = 1.5
FEWEST_KEYS = 100
"""Of a round, each way: of fewer the p95 is chance. Few callers call again until there are so many."""


@dataclass(frozen=True, slots=True)
class Round:
    """`callers` at once, each way; milliseconds. `engine_ms_a_key`: processor time of our process per key."""

    callers: int
    ours: Figures
    plain: Figures
    ratio_p95: float
    missed: int
    engine_ms_a_key: float


@dataclass(frozen=True, slots=True)
class IvrResult:
    rounds: tuple[Round, ...]

    @property
    def passed(self) -> bool:
        """No key was lost."""
        return not any(each.missed for each in self.rounds)

    @property
    def within_aim(self) -> bool:
        """Ours is within 1.5 times the plain menu at p95."""
        return all(each.ratio_p95 <= AIM for each in self.rounds)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed, "within_aim": self.within_aim}


def write_menu(config: Path) -> None:
    """A menu of two tones: key 1 leads from each to the other."""
    steps: dict[str, Any] = {
        name: {
            "kind": "menu", "prompt": {"zh": text, "en": text}, "options": {"1": {"go": other}},
            "timeout": 30, "retries": 5,
        }
        for name, other, text in (("low", "high", "低音"), ("high", "low", "高音"))
    }  # fmt: skip
    steps |= {name: MENU["steps"][name] for name in ("person", "end")}  # type: ignore[index]
    with (config / "menus" / "main.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="rt").dump({**MENU, "start": "low", "steps": steps}, file)
    folder = config / "prompts" / "zh"
    folder.mkdir(parents=True, exist_ok=True)
    for name, pitch in (("low", LOW), ("high", HIGH)):
        voice.write_wav(folder / f"main.{name}.prompt.wav", voice.tone(pitch, SECONDS))


class IvrBench:
    """For each number of callers: `presses` keys by each, plain and ours in turns."""

    def __init__(self, centre: Centre, callers: tuple[int, ...], presses: int) -> None:
        self._centre = centre
        self._callers = callers
        self._presses = presses

    async def run(self) -> IvrResult:
        await self._write_plain()
        return IvrResult(tuple([await self._round(callers) for callers in self._callers]))

    async def _write_plain(self) -> None:
        low, high = [str(path) for path in await self._sounds()]
        lines = [f"{PLAIN_NUMBER},1,Answer into trunk", f"{PLAIN_NUMBER},2,Goto(bench-low,s,1) into trunk"]
        for here, there, sound in (("low", "high", low), ("high", "low", high)):
            lines += [
                f"s,1,Background({sound}) into bench-{here}", f"s,2,WaitExten(30) into bench-{here}",
                f"1,1,Goto(bench-{there},s,1) into bench-{here}",
            ]  # fmt: skip
        for line in lines:
            await self._centre.server.command(f"dialplan add extension {line}")

    async def _sounds(self) -> list[Path]:
        """The files that our own menu plays."""
        config = self._centre.configuration
        menu = config.menus[config.site.hotline]
        store = PromptStore(self._centre.asterisk.sounds / "prompts", config.directory / "prompts")
        words = [menu.say(("steps", name, "prompt"), _prompt(menu, name), "zh") for name in ("low", "high")]
        if faults := await store.prepare(words):
            raise HotlineError(f"the bench's tones could not be made: {faults[0]}")
        return [path for each in words if (path := store.sound(each))]

    async def _round(self, callers: int) -> Round:
        ours: list[float] = []
        plain: list[float] = []
        missed, busy = 0, 0.0
        for _ in range(math.ceil(FEWEST_KEYS / (callers * self._presses))):
            missed += await self._press(PLAIN_NUMBER, callers, plain)
            began = time.process_time()
            missed += await self._press(self._centre.configuration.site.hotline, callers, ours)
            busy += time.process_time() - began
        if not plain or not ours:
            raise HotlineError("no prompt followed any key", "look at the log of the centre")
        one, other = figures(ours), figures(plain)
        ratio, cost = round(one.p95 / other.p95, 2), round(1000 * busy / len(ours), 2)
        return Round(callers, one, other, ratio, missed, cost)

    async def _press(self, number: str, callers: int, seconds: list[float]) -> int:
        """Adds to `seconds`; how many keys were missed."""
        words = [str(self._centre.asterisk.sip_port), number, str(callers), str(self._presses)]
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.bench.keys", *words, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        try:
            output, _ = await asyncio.wait_for(child.communicate(), DEADLINE)
        finally:
            if child.returncode is None:
                child.kill()
        found = json.loads(output)
        seconds += found["seconds"]
        return int(found["missed"])


def _prompt(menu: menus.LoadedMenu, name: str) -> Any:
    step = menu.flow.steps[name]
    assert step.kind == "menu"
    return step.prompt
