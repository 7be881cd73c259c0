"""The process of all callers: one pjsua2 endpoint with many lines, behind lines of JSON."""

import json
import os
import sys
import time
from typing import Any

import pjsua2 as pj

from app.phones.told import silence_libraries, tell

MAX_LINES = 32


class Line(pj.Call):  # type: ignore[misc]  # pjsua2 carries no types
    """One call of one caller; what he hears goes to `recording` when that is a path."""

    def __init__(self, name: str, account: pj.Account, recording: str) -> None:
        super().__init__(account)
        self.name = name
        self.recording = recording
        self.sound: pj.AudioMedia | None = None
        self.players: list[pj.AudioMediaPlayer] = []
        self.recorder: pj.AudioMediaRecorder | None = None
        self.ended = False

    def onCallState(self, _prm: pj.OnCallStateParam) -> None:
        info = self.getInfo()
        match info.state:
            case pj.PJSIP_INV_STATE_CONFIRMED:
                tell("answered", line=self.name)
            case pj.PJSIP_INV_STATE_DISCONNECTED:
                self.ended = True
                tell("ended", line=self.name, status=info.lastStatusCode)

    def onCallMediaState(self, _prm: pj.OnCallMediaStateParam) -> None:
        info = self.getInfo()  # its parts die with it: no chaining
        if info.media[0].status != pj.PJSUA_CALL_MEDIA_ACTIVE:
            return
        self.sound = self.getAudioMedia(0)
        # A line connected to nothing sends no RTP, and then no keys: give it the silence of the null device.
        devices = pj.Endpoint.instance().audDevManager()
        devices.getCaptureDevMedia().startTransmit(self.sound)
        self.sound.startTransmit(devices.getPlaybackDevMedia())
        if self.recording:
            if self.recorder is None:
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(self.recording)
            self.sound.startTransmit(self.recorder)

    def play(self, path: str) -> None:
        player = pj.AudioMediaPlayer()
        player.createPlayer(path, pj.PJMEDIA_FILE_NO_LOOP)
        self.players.append(player)
        if self.sound is not None:
            player.startTransmit(self.sound)

    def press(self, keys: str) -> None:
        prm = pj.CallSendDtmfParam()
        prm.method = pj.PJSUA_DTMF_METHOD_RFC2833
        prm.digits = keys
        prm.duration = 120
        self.sendDtmf(prm)

    def quiet(self) -> None:
        self.players.clear()

    def hang_up(self) -> None:
        if not self.ended:
            self.hangup(pj.CallOpParam(True))


class Callers:
    """The endpoint. Everything happens on one thread: pjsua2's Python callbacks crash on others."""

    def __init__(self, host: str, port: int, here: str) -> None:
        self.server = f"{host}:{port}"
        self.here = here
        self.lines: dict[str, Line] = {}
        self.accounts: dict[str, pj.Account] = {}
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        self.endpoint.libInit(_endpoint_config())
        transport = pj.TransportConfig()
        transport.port = 0
        transport.boundAddress = here
        self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self.endpoint.audDevManager().setNullDev()
        for codec in self.endpoint.codecEnum2():
            wanted = codec.codecId.startswith("PCMA/8000") * 250
            self.endpoint.codecSetPriority(codec.codecId, wanted)
        self.endpoint.libStart()

    def run(self) -> None:
        os.set_blocking(sys.stdin.fileno(), False)
        tell("ready")
        rest = b""
        while True:
            self.endpoint.libHandleEvents(10)
            self._sweep()
            try:
                data = os.read(sys.stdin.fileno(), 65536)
            except BlockingIOError:
                continue
            if not data:
                return self._close()
            *whole, rest = (rest + data).split(b"\n")
            for text in whole:
                self._obey(json.loads(text))

    def _obey(self, order: dict[str, Any]) -> None:
        name = order["line"]
        try:
            if order["do"] == "dial":
                self._dial(order)
                return
            line = self.lines.get(name)
            if line is None or line.ended:
                return
            match order["do"]:
                case "play":
                    line.play(order["wav"])
                case "press":
                    line.press(order["keys"])
                case "quiet":
                    line.quiet()
                case "hang_up":
                    line.hang_up()
        except pj.Error as fault:
            tell("fault", line=name, text=fault.info())

    def _dial(self, order: dict[str, Any]) -> None:
        number = order["number"]
        if number not in self.accounts:
            self.accounts[number] = self._account(number, order.get("shown", ""))
        line = Line(order["line"], self.accounts[number], order.get("recording", ""))
        self.lines[order["line"]] = line
        line.makeCall(f"sip:{order['dialled']}@{self.server}", pj.CallOpParam(True))

    def _account(self, number: str, shown: str) -> pj.Account:
        config = pj.AccountConfig()
        config.idUri = f'"{shown}" <sip:{number}@{self.here}>' if shown else f"sip:{number}@{self.here}"
        config.mediaConfig.transportConfig.boundAddress = self.here
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
        account = pj.Account()
        account.create(config)
        return account

    def _sweep(self) -> None:
        # Dropping a line closes its recording; inside its own callback it must not be dropped.
        for name in [name for name, line in self.lines.items() if line.ended]:
            del self.lines[name]

    def _close(self) -> None:
        for line in self.lines.values():
            line.hang_up()
        until = time.monotonic() + 1
        while time.monotonic() < until and any(not line.ended for line in self.lines.values()):
            self.endpoint.libHandleEvents(20)


def _endpoint_config() -> pj.EpConfig:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = MAX_LINES
    config.uaConfig.userAgent = "hotline-caller"
    config.logConfig.level = 0
    config.logConfig.consoleLevel = 0
    config.medConfig.clockRate = 8000
    config.medConfig.sndClockRate = 8000
    config.medConfig.channelCount = 1
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    return config


def main() -> None:
    silence_libraries()
    Callers(**json.loads(sys.stdin.readline())).run()
    os._exit(0)  # pjsua2's own teardown crashes when Python drops its objects in the wrong order


if __name__ == "__main__":
    main()
