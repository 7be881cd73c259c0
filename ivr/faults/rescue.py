"""A menu that failed still has a caller on the line: he reaches a person, or is told and let go."""

from dataclasses import dataclass

import structlog

from core.clock import Clock
from ivr.distributor import Calls
from ivr.menus import LoadedMenu
from ivr.mouth import Prompts
from ivr.rules import Rules
from ivr.schema import Place, Prompt, Queue
from pbx.commands import Answer, HangUp, Play
from pbx.switch import LegGone, LinkLost, Switch

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rescue:
    """Speaks outside the flow, which has failed; `spoken` is the language it had reached, maybe none yet."""

    leg: str
    switch: Switch
    calls: Calls
    rules: Rules
    menu: LoadedMenu
    prompts: Prompts
    clock: Clock

    async def hand_over(self, call: str, tier: str, spoken: str, language: str) -> None:
        """A word of explanation and the person's queue; where nobody is there a word of regret."""
        flow = self.menu.flow
        step = flow.steps[flow.person]
        assert isinstance(step, Queue)
        if step.schedule is not None and not self.rules.is_open(step.schedule, self.clock()):
            await self.regret(call, spoken)
            return
        try:
            await self._say(*flow.phrases.trouble_part, spoken)
            priority = flow.priorities.get(tier, 0)
            await self.calls.enqueue(call, step.to, {**step.skills, spoken or language: 1}, priority)
        except LegGone:
            pass
        except Exception:  # the caller would stand in silence: whatever it is, he is told and let go
            log.exception("no person for a failed menu")
            await self.regret(call, spoken)

    async def regret(self, call: str, spoken: str) -> None:
        """`call` is empty where it has no record."""
        try:
            await self.switch.do(Answer(self.leg))
            await self._say(("phrases", "sorry"), self.menu.flow.phrases.sorry, spoken)
            await self.switch.do(HangUp(self.leg))
            if call:
                await self.calls.finish(call, "failed", "system")
        except (LegGone, LinkLost) as fault:
            log.warning("regret not said", why=str(fault))

    async def _say(self, place: Place, prompt: Prompt, spoken: str) -> None:
        if sound := self.prompts.sound(self.menu.say(place, prompt, spoken)):
            await self.switch.play(Play(self.leg, str(sound), ""))
