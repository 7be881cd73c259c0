"""Whether Asterisk is reachable, as last told on the bus: what the wallboard's banner says."""

from acd.events import SwitchChanged
from agentdesk.reading.views import SwitchState
from core.bus import Bus


class SwitchWatch:
    """`state` is down since 0 until the engine has spoken."""

    def __init__(self) -> None:
        self.state = SwitchState(up=False, since_at=0.0, why="")

    def listen(self, bus: Bus) -> None:
        # Under the name of the live pages: they must not be told before the state here is new.
        bus.subscribe("live", SwitchChanged, self.heard)

    async def heard(self, event: SwitchChanged) -> None:
        if event.up != self.state.up or not self.state.since_at:
            self.state = SwitchState(event.up, event.at, event.why)
