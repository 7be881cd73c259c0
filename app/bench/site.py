"""The benches' own configuration: one short menu into one queue, agents without skills, no wrap-up.

Asterisk's own queue, with which ours is compared, has no wrap-up either and tries as often as it can.
"""

import shutil
from pathlib import Path

from ruamel.yaml import YAML

FIRST_AGENT = 7001
ADMIN = "bench.admin"
RING_SECONDS = 3
MENU = {
    "languages": ["zh", "en"],
    "start": "person",
    "person": "person",
    "keys": {"0": "person"},
    "phrases": {
        "wrong_key": {"zh": "您的按键有误。", "en": "That key is not available."},
        "no_key": {"zh": "没有收到您的按键。", "en": "We did not hear a key."},
        "sorry": {"zh": "请您稍后再拨。", "en": "Please call again later."},
    },
    "steps": {
        "person": {
            "kind": "queue",
            "to": "general",
            "refused": "end",
            "prompt": {"zh": "请稍候。", "en": "Please hold."},
        },
        "end": {"kind": "hang_up", "prompt": {"zh": "再见。", "en": "Goodbye."}},
    },
}
"""The caller is spoken to for a second, then waits for an agent."""


def write_config(source: Path, target: Path, agents: int, *, prompt: bool = True) -> Path:
    """`target` becomes a bench configuration based on `source`; without `prompt` callers are queued at once."""
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(source, target)
    steps = {name: dict(step) for name, step in MENU["steps"].items()}  # type: ignore[attr-defined]
    if not prompt:
        del steps["person"]["prompt"]
    people = [
        {"login": f"bench.{number}", "name": f"Bench {number}", "role": "agent", "number": str(number),
         "skills": {"zh": 5, "en": 5}}
        for number in range(FIRST_AGENT, FIRST_AGENT + agents)
    ]  # fmt: skip
    people.append({"login": ADMIN, "name": "Bench", "role": "admin"})
    yaml = YAML(typ="rt")
    queues = yaml.load(target / "queues.yaml")
    for queue in queues["queues"].values():
        queue["ring_seconds"] = RING_SECONDS
        queue["wrap_up"] = 0
    for name, content in (
        ("menus/main.yaml", {**MENU, "steps": steps}),
        ("people.yaml", {"people": people}),
        ("queues.yaml", queues),
    ):
        yaml.dump(content, target / name)
    plain = target / "asterisk" / "queues.conf.j2"
    plain.write_text(plain.read_text().replace("retry = 2", "retry = 1").replace("wrapuptime = 5", "wrapuptime = 0"))
    for menu in (target / "menus").glob("*.yaml"):
        if menu.name != "main.yaml":
            menu.unlink()
    return target
