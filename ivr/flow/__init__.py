"""One caller's way through a menu: a pure state machine, inputs in, effects out, time only from the inputs."""

from ivr.flow.session import Session
from ivr.flow.talk import IsOpen, Phase

__all__ = ["IsOpen", "Phase", "Session"]
