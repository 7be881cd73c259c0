"""Streams recorded from a real Asterisk 22 tell the stories they were recorded from, without Asterisk."""

from pathlib import Path

import pytest

from pbx import parse
from pbx.events import PbxEvent
from pbx.framing import Framer, Headers
from pbx.rings import Rings
from tests.stories import STORIES, Story, disagreement, normal

STREAMS = Path(__file__).parent / "streams"
RECORDED = [story for story in STORIES if (STREAMS / f"{story.name}.ami").exists()]


def messages(story: Story, piece: int) -> list[Headers]:
    data = (STREAMS / f"{story.name}.ami").read_bytes()
    framer = Framer()
    found = [each for at in range(0, len(data), piece) for each in framer.feed(data[at : at + piece])]
    mark = next(n for n, each in enumerate(found) if each.get("userevent") == "CentreMark")
    return found[mark:]


def told(story: Story, piece: int) -> list[str]:
    rings, events = Rings(), list[PbxEvent | None]()
    heard = messages(story, piece)
    answer = next((each for each in heard if each.get("event") == "OriginateResponse"), {})
    agent = answer.get("actionid", "").removeprefix("ring/")
    caller = next(each["uniqueid"] for each in heard if each.get("event") == "AsyncAGIStart")
    seconds = 2 if "not_answered" in story.name else 15
    for each in heard:
        if each.get("event") == "Newchannel" and each["uniqueid"] == agent:
            rings.asked(agent, seconds, float(each["timestamp"]))
        elif agent and each.get("event") == "OriginateResponse":
            rings.asked(agent, seconds, 0.0) if "not_registered" in story.name else None
        events += [rings.hear(each, 0.0), parse.event(each, 0.0)]
    return normal([event for event in events if event is not None], caller, agent)


@pytest.mark.parametrize("piece", [1, 7, 1460, 1 << 20])
@pytest.mark.parametrize("story", RECORDED, ids=lambda story: story.name)
def test_a_recorded_stream_tells_its_story_however_it_is_cut(story: Story, piece: int) -> None:
    assert disagreement(told(story, piece), story.told) == ""


def test_most_stories_are_recorded() -> None:
    assert len(RECORDED) >= 19
