"""Who reaches what of a call that several agents had to do with: by every address, for every role."""

from typing import Any

import pytest
from sqlalchemy import update

from accounts.models import Person
from acd.models import CallEvent, Offer
from core.database import Database
from core.settings import ROOT
from qa import pack
from qa.service import score_and_store
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.transcript import Transcript
from tests.agentdesk.cast import SOUND, TALK
from tests.agentdesk.conftest import House, Visitor, enter

SECOND = "recording000000000002"
FIRST_WORDS, SECOND_WORDS = "请问有什么可以帮您", "您好，九号继续为您服务"
WHY, ORIGIN = {"reason": "to learn"}, {"origin": "http://desk.test"}
PLACES = (
    f"/calls/{TALK}", f"/calls/{TALK}/body", f"/calls/{TALK}/sound", f"/api/calls/{TALK}/score",
    f"/api/recordings/{SOUND}/sound", f"/api/recordings/{SOUND}/peaks", f"/api/recordings/{SOUND}/transcript",
    f"/api/recordings/{SOUND}/score",
)  # fmt: skip


async def as_agent(db: Database, number: str) -> None:
    """The signed-in agent is another one now."""
    async with db.transaction() as tx:
        await tx.session.execute(update(Person).where(Person.number == number).values(number=""))
        await tx.session.execute(update(Person).where(Person.login == "li.na").values(number=number))


async def transferred(db: Database) -> None:
    """The cast's talk was passed on: the first part is 8003's, the second 8001's."""
    async with db.transaction() as tx:
        first = await tx.session.get_one(Recording, SOUND)
        text = await tx.session.get_one(TranscriptRow, SOUND)
        assert first.facts is not None
        assert text.content is not None
        content: dict[str, Any] = {**text.content, "call": {**first.facts, "agent": "8003"}}
        after = {**first.facts, "agent": "8001"}
        first.facts, text.content = content["call"], content
        said = [{"speaker": "agent", "start": 0.5, "end": 3.0, "text": SECOND_WORDS}]
        second = {"call": after, "segments": said, "events": []}
        tx.session.add(Recording(id=SECOND, call=TALK, number=2, raw="2.raw", path="talk.flac", facts=after,
                                 state=RecordingState.STORED, started_at=first.started_at + 60, seconds=9))  # fmt: skip
        await tx.session.flush()
        tx.session.add(TranscriptRow(recording=SECOND, call=TALK, language="zh", state=TranscriptState.READY,
                                     content=second, made_at=1.0))  # fmt: skip
        tx.session.add(Offer(id="offer-first", call=TALK, agent="8003", device="phone-8003", caller="", waited=1.0,
                             offered_at=1.0, result="accepted", ended_at=2.0))  # fmt: skip
        rules = pack.load(ROOT / "config" / "packs", "zh-bank")
        for recording, talk, at in ((SOUND, content, 20.0), (SECOND, second, 10.0)):
            await score_and_store(tx, Transcript.model_validate(talk), rules, at, recording=recording)


@pytest.mark.parametrize("result", ["declined", "no_answer", "cancelled", "busy", "unreachable"])
async def test_an_agent_who_did_not_take_a_call_reaches_nothing_of_it(house: House, web: Visitor, result: str) -> None:
    async with house.db.transaction() as tx:
        tx.session.add(Offer(id="offer-x", call=TALK, agent="8002", device="phone-8002", caller="", waited=1.0,
                             offered_at=1.0, result=result, ended_at=2.0))  # fmt: skip
    await as_agent(house.db, "8002")
    await enter(web, "agent")
    for place in PLACES:
        assert (await web.get(place)).status_code == 404, place
    assert (await web.get(f"/api/calls/{TALK}/recordings")).json() == []
    assert TALK not in (await web.get("/calls")).text


async def test_of_a_transferred_call_each_agent_hears_reads_and_is_scored_for_the_own_part(
    house: House, web: Visitor
) -> None:
    await transferred(house.db)
    await enter(web, "agent")
    for number, own, others, mine, theirs in (
        ("8001", SECOND, SOUND, SECOND_WORDS, FIRST_WORDS),
        ("8003", SOUND, SECOND, FIRST_WORDS, SECOND_WORDS),
    ):
        await as_agent(house.db, number)
        for address in ("", "?part=1", "?part=2", "/body?part=2", "/sound?part=2"):
            page = (await web.get(f"/calls/{TALK}{address}")).text
            assert others not in page
            assert theirs not in page
        page = (await web.get(f"/calls/{TALK}")).text
        assert own in page
        assert mine in page
        assert TALK in (await web.get("/calls")).text
        assert (await web.post(f"/api/recordings/{own}/playings", json=WHY, headers=ORIGIN)).status_code == 201
        assert (await web.post(f"/api/recordings/{others}/playings", json=WHY, headers=ORIGIN)).status_code == 404
        assert (await web.get(f"/api/recordings/{own}/sound")).status_code == 403
        assert (await web.get(f"/api/recordings/{others}/sound")).status_code == 404
        for place in ("peaks", "transcript", "score"):
            assert (await web.get(f"/api/recordings/{own}/{place}")).status_code == 200
            assert (await web.get(f"/api/recordings/{others}/{place}")).status_code == 404
        assert (await web.get(f"/api/calls/{TALK}/score")).json()["recording"] == own
        assert [each["id"] for each in (await web.get(f"/api/calls/{TALK}/recordings")).json()] == [own]


@pytest.mark.parametrize("role", ["supervisor", "quality", "admin"])
async def test_those_who_answer_for_calls_reach_every_part_with_its_own_score(
    house: House, web: Visitor, role: str
) -> None:
    await transferred(house.db)
    await enter(web, role)
    for part, words in ((1, FIRST_WORDS), (2, SECOND_WORDS)):
        assert words in (await web.get(f"/calls/{TALK}?part={part}")).text
    scores = [(await web.get(f"/api/recordings/{each}/score")).json() for each in (SOUND, SECOND)]
    assert [each["agent"] for each in scores] == ["8003", "8001"]


async def test_an_agent_at_whom_a_call_rings_knows_it_and_no_longer_once_it_is_over(house: House, web: Visitor) -> None:
    ringing = "call000000000000000013"
    async with house.db.transaction() as tx:
        tx.session.add(CallEvent(call=ringing, at=1.0, kind="offered", agent="8003", data={}))
    await as_agent(house.db, "8003")
    await enter(web, "agent")
    assert (await web.get(f"/calls/{ringing}")).status_code == 200
    async with house.db.transaction() as tx:
        offer = await tx.session.get_one(Offer, f"offer-{ringing[-6:]}")
        offer.result = "no_answer"
    assert (await web.get(f"/calls/{ringing}")).status_code == 404
