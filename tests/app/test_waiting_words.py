"""What waiting callers hear of the key by which they leave."""

from pathlib import Path

import pytest

from acd.expect import Told
from acd.queues import Queues, Way
from app.waiting_words import WaitingWords, spoken_in
from core.settings import ROOT
from ivr import hours, menus
from ivr.menus import Spoken
from ivr.prompts.store import PromptStore

CONFIG = ROOT / "config"
MENU = menus.load(CONFIG / "menus/main.yaml", schedules=hours.load(CONFIG).schedules)


class Aloud(PromptStore):
    """The sound of words is named as they are."""

    def sound(self, spoken: Spoken) -> Path:
        return Path(spoken.text)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("call-back", "If you would rather not wait, press 1 and we will call you back."),
        ("main", "If you would rather not wait, press 1."),
        ("gone since", "If you would rather not wait, press 1."),
    ],
)
def test_only_a_key_that_leads_to_a_call_back_promises_one(tmp_path: Path, step: str, words: str) -> None:
    waiting = WaitingWords(Aloud(tmp_path, tmp_path), lambda _dialled: MENU)
    assert waiting.pieces("en", Told(), Way(key="1", step=step), "95000")[-1] == words
    queue = {"name": {"en": "General"}, "announce": {}, "way_out": {"key": "1", "step": step}}
    assert words in {each.text for each in spoken_in(Queues.model_validate({"queues": {"general": queue}}))}
