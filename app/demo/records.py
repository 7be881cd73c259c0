"""What the centre has recorded about a story's call, read over HTTP as the quality office and a supervisor read it."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

from app.demo.api import Api
from app.demo.story import Story
from core.errors import HotlineError


@dataclass(frozen=True, slots=True)
class Offered:
    agent: str
    result: str
    at: float


@dataclass(frozen=True, slots=True)
class Score:
    """`reasons`: the rows that failed, as `A2 forbidden phrase (不归我管)`; `verdicts` of all rows."""

    value: float
    veto: bool
    reasons: tuple[str, ...]
    verdicts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One call as the centre knows it; times are epoch seconds, 0 when it did not happen."""

    call: str
    outcome: str
    language: str
    keys: str
    path: tuple[str, ...]
    queue: str
    agent: str
    queued_at: float
    connected_at: float
    talk_ended_at: float
    ended_at: float
    ended_by: str
    offers: tuple[Offered, ...]
    recordings: int
    speech: str
    text: str
    score: Score | None
    contact: str

    @property
    def waited(self) -> float:
        """Seconds from the queue to the agent, or to the end for who was not served."""
        return (self.connected_at or self.ended_at) - self.queued_at if self.queued_at else 0.0

    @property
    def talked(self) -> float:
        return self.talk_ended_at - self.connected_at if self.connected_at else 0.0


class Records:
    """`quality` and `supervisor` are their rights over HTTP."""

    def __init__(self, quality: Api, supervisor: Api) -> None:
        self._quality = quality
        self._supervisor = supervisor

    async def find(self, story: Story, since: float) -> Recorded | None:
        """The newest call of this story's number that arrived after `since`; None when there is none."""
        page = await self._quality.get("/api/calls", caller=story.number, since=int(since), size=1)
        return await self._read(page["calls"][0]["id"]) if page["calls"] else None

    async def find_when_done(self, story: Story, since: float, within: float) -> Recorded | None:
        """As `find`, once speech and score are there as the story expects, or `within` seconds have passed."""
        wants_score = bool(story.expected.score)
        deadline = asyncio.get_running_loop().time() + within
        while True:
            found = await self.find(story, since)
            done = found is not None and found.ended_at and (found.speech not in ("", "pending") or not found.agent)
            if found and done and (found.score or not wants_score):
                return found
            if asyncio.get_running_loop().time() > deadline:
                return found
            await asyncio.sleep(0.5)

    async def _read(self, call: str) -> Recorded:
        story = await self._quality.get(f"/api/calls/{call}")
        facts = story["call"]
        recordings = await self._quality.get(f"/api/calls/{call}/recordings")
        messages = await self._supervisor.get("/api/messages", limit=1000)
        return Recorded(
            call=call,
            outcome=facts["outcome"],
            language=facts["language"],
            keys="".join(step.get("keys") or "" for step in facts["path"]),
            path=tuple(step["step"] for step in facts["path"]),
            queue=facts["queue"],
            agent=facts["agent"],
            queued_at=facts["queued_at"] or 0.0,
            connected_at=facts["connected_at"] or 0.0,
            talk_ended_at=facts["talk_ended_at"] or 0.0,
            ended_at=facts["ended_at"] or 0.0,
            ended_by=facts["ended_by"],
            offers=tuple(Offered(each["agent"], each["result"], each["offered_at"]) for each in story["offers"]),
            recordings=sum(each["state"] == "stored" for each in recordings),
            speech=(recordings[0]["transcript"] or "pending") if recordings else "",
            text=await self._text(recordings[0]) if recordings else "",
            score=await self._score(call),
            contact=next((each["contact_by"] for each in messages if each["call"] == call), ""),
        )

    async def _text(self, recording: dict[str, Any]) -> str:
        if recording["transcript"] != "ready":
            return ""
        content = await self._quality.get(f"/api/recordings/{recording['id']}/transcript")
        return "\n".join(f"{each['speaker']}: {each['text']}" for each in content["segments"])

    async def _score(self, call: str) -> Score | None:
        with contextlib.suppress(HotlineError):
            score = await self._quality.get(f"/api/calls/{call}/score", lang="en")
            failed = [item for item in score["items"] if item["verdict"] == "fail"]
            verdicts = {item["id"]: item["verdict"] for item in score["items"]}
            return Score(score["score"], bool(score["veto"]), tuple(_reason(item) for item in failed), verdicts)
        return None


def _reason(item: dict[str, Any]) -> str:
    said = next((piece["text"] for piece in item["evidence"] if piece.get("text")), "")
    return f"{item['id']} {item['reason']}" + (f"「{said}」" if said else "")
