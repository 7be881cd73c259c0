"""A phone process's voice to its parent: one line of JSON per event, on a descriptor no library prints to."""

import json
import os
import time

_EVENTS = os.dup(1)


def silence_libraries() -> None:
    """From here on standard output goes nowhere: pjsua2 and pyVoIP print their logs there."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def tell(event: str, **facts: object) -> None:
    os.write(_EVENTS, (json.dumps({"event": event, "at": time.time(), **facts}) + "\n").encode())
