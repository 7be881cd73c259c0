"""The demonstration's own copy of the configuration: the same site, one line closed, short pauses."""

import shutil
from datetime import date
from pathlib import Path

from ruamel.yaml import YAML

CLOSED = "business"
"""The schedule that is closed today, so that a message can be left at any hour."""
RING_SECONDS = 5
WRAP_UP_SECONDS = 2


def copy_config(source: Path, target: Path, today: date) -> Path:
    """`target` becomes `source`, closed today in CLOSED, else always open, with short ring and wrap-up times."""
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(source, target)
    yaml = YAML(typ="rt")
    hours = yaml.load(target / "hours.yaml")
    always = hours["schedules"]["always"]
    hours["schedules"] = {name: always for name in hours["schedules"] if name != CLOSED} | {
        CLOSED: {**hours["schedules"][CLOSED], "special_days": {today: "closed"}}
    }
    yaml.dump(hours, target / "hours.yaml")
    queues = yaml.load(target / "queues.yaml")
    for queue in queues["queues"].values():
        queue["ring_seconds"] = RING_SECONDS
        queue["wrap_up"] = WRAP_UP_SECONDS
    yaml.dump(queues, target / "queues.yaml")
    return target
