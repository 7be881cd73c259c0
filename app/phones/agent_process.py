"""The process of one agent's phone: pyVoIP behind lines of JSON on standard input and output."""

import audioop
import json
import os
import queue
import sys
import threading
import time
import wave
from pathlib import Path
from typing import Any

from pyVoIP.VoIP import CallState, PhoneStatus

from app.phones.mended_sip import Call, Phone
from app.phones.told import silence_libraries, tell

REGISTERING_SECONDS = 10.0


class AgentProcess:
    """Carries out `answer`, `decline`, `play`, `quiet`, `hang_up` for the one call the phone has."""

    def __init__(self, user: str, secret: str, host: str, port: int, recordings: str) -> None:
        self.recordings = recordings
        self.call: Call | None = None
        self.phone = Phone(
            (host, port), user, secret, on_ring=self._rang, on_end=self._ended,
            complain=lambda text: tell("fault", text=text),
        )  # fmt: skip

    def run(self) -> None:
        self.phone.start()
        tell("ready" if self._is_registered() else "refused")
        orders: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()
        while (order := orders.get()) is not None:
            try:
                self._obey(order)
            except (OSError, ValueError, wave.Error) as fault:
                tell("fault", text=f"{order.get('do')}: {fault}")
        if self.call:
            self._obey({"do": "hang_up"})
        self.phone.stop()

    def _is_registered(self) -> bool:
        """A try that failed is repeated by the library, until it gives up."""
        until = time.monotonic() + REGISTERING_SECONDS
        while (status := self.phone.get_status()) is PhoneStatus.REGISTERING and time.monotonic() < until:
            time.sleep(0.02)
        return status is PhoneStatus.REGISTERED

    def _obey(self, order: dict[str, Any]) -> None:
        call = self.call
        if call is None:
            return
        match order["do"]:
            case "answer" if call.state is CallState.RINGING:
                call.answer()
                tell("answered", number=call.number)
            case "decline" if call.state is CallState.RINGING:
                call.refuse("603 Decline")
                self._ended(call, "agent")
            case "play" if call.state is CallState.ANSWERED:
                call.write_audio(eight_bit(Path(order["wav"])))
            case "hang_up" if call.state is CallState.ANSWERED:
                call.hangup()
                self._ended(call, "agent")

    def _rang(self, call: Call) -> None:
        self.call = call
        tell("ringing", number=call.number)

    def _ended(self, call: Call, by: str) -> None:
        self.call = None
        if self.recordings and call.heard:
            path = Path(self.recordings) / f"{self.phone.username}-{time.time():.0f}-{call.number}.wav"
            with wave.open(str(path), "wb") as out:
                out.setparams((1, 2, 8000, 0, "NONE", ""))
                out.writeframes(call.heard)
        tell("ended", number=call.number, by=by)


def eight_bit(path: Path) -> bytes:
    """A 16-bit mono 8 kHz WAV file as pyVoIP takes it: 8 bits, unsigned."""
    with wave.open(str(path)) as sound:
        if sound.getparams()[:3] != (1, 2, 8000):
            raise ValueError(f"{path}: not 16-bit mono 8 kHz")
        return audioop.bias(audioop.lin2lin(sound.readframes(sound.getnframes()), 2, 1), 1, 128)


def _read_orders(orders: "queue.Queue[dict[str, Any] | None]") -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    orders.put(None)


def main() -> None:
    silence_libraries()
    AgentProcess(**json.loads(sys.stdin.readline())).run()
    os._exit(0)  # pyVoIP's registration timer is no daemon and would keep the process for an hour


if __name__ == "__main__":
    main()
