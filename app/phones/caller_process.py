"""The process of one caller: a pjsua2 endpoint with one line, behind lines of JSON."""

import json
import os
import sys
import time
from typing import Any

import pjsua2 as pj

from app.phones.told import silence_libraries, tell


class Line(pj.Call):  # type: ignore[misc]  # pjsua2 carries no types
    """One call of one caller; what he hears goes to `recording` when that is a path."""

    def __init__(self, account: pj.Account, recording: str) -> None:
        super().__init__(account)
        self.recording = recording
        self.sound: pj.AudioMedia | None = None
        self.players: list[pj.AudioMediaPlayer] = []
        self.recorder: pj.AudioMediaRecorder | None = None
        self.ended = False

    def onCallState(self, _prm: pj.OnCallStateParam) -> None:
        info = self.getInfo()
        match info.state:
            case pj.PJSIP_INV_STATE_CONFIRMED:
                tell("answered")
            case pj.PJSIP_INV_STATE_DISCONNECTED:
                self.ended = True
                tell("ended", status=info.lastStatusCode)

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

    def hang_up(self) -> None:
        if not self.ended:
            self.hangup(pj.CallOpParam(True))


class CallerProcess:
    """The endpoint and its one line: the library's builds differ in how many calls they allow, all allow one.

    Everything happens on one thread: pjsua2's Python callbacks crash on others.
    """

    def __init__(self, host: str, port: int, here: str) -> None:
        self.server = f"{host}:{port}"
        self.here = here
        self.line: Line | None = None
        self.account: pj.Account | None = None
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
            if self.line and self.line.ended:
                self.line = None  # closes its recording; inside its own callback it must not be dropped
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
        line = self.line
        try:
            match order["do"]:
                case "dial":
                    self._dial(order)
                case "play" if line:
                    line.play(order["wav"])
                case "press" if line:
                    line.press(order["keys"])
                case "hang_up" if line:
                    line.hang_up()
        except pj.Error as fault:
            tell("fault", text=fault.info())

    def _dial(self, order: dict[str, Any]) -> None:
        config = pj.AccountConfig()
        shown = f'"{order["shown"]}" ' if order["shown"] else ""
        config.idUri = f"{shown}<sip:{order['number']}@{self.here}>"
        config.mediaConfig.transportConfig.boundAddress = self.here
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
        self.account = pj.Account()
        self.account.create(config)
        self.line = Line(self.account, order["recording"])
        self.line.makeCall(f"sip:{order['dialled']}@{self.server}", pj.CallOpParam(True))

    def _close(self) -> None:
        until = time.monotonic() + 1
        if self.line:
            self.line.hang_up()
        while self.line and not self.line.ended and time.monotonic() < until:
            self.endpoint.libHandleEvents(20)


def _endpoint_config() -> pj.EpConfig:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
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
    CallerProcess(**json.loads(sys.stdin.readline())).run()
    os._exit(0)  # pjsua2's own teardown crashes when Python drops its objects in the wrong order


if __name__ == "__main__":
    main()
