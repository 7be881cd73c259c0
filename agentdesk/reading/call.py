"""Read model of a call's page: facts, history, sound, transcript and score."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import User
from acd import repository as calls
from acd.models import CallEvent
from agentdesk.reading.listed import row_of
from agentdesk.reading.menuway import MenuWay
from agentdesk.reading.scores import Mark, ScoreSheets
from agentdesk.reading.views import CallPage, Line, Moment, Silent, Sound
from agentdesk.show import span
from agentdesk.words.refusals import WITHDRAWN
from ivr.published.book import MenuBook
from recordings import redact
from recordings import repository as recordings
from recordings import service as recording_service
from recordings.listening.reach import may_hear
from recordings.models import Recording, RecordingState, TranscriptRow
from recordings.speech.figures_shown import figures

SOUNDING = (RecordingState.STORED, RecordingState.RECORDING)


async def call_page(
    session: AsyncSession,
    call_id: str,
    user: User,
    now: float,
    queues: Mapping[str, str],
    agents: Mapping[str, str],
    sheets: ScoreSheets | None,
    book: MenuBook | None = None,
    language: str = "zh",
    part: int = 0,
) -> CallPage:
    """Everything the reader may know of a call; NotFound also for an agent who asks for a colleague's.

    Of a call that several agents had, each sees what happened, but hears, reads and is scored for the own part only.
    `queues` and `agents` are what queues and agents' numbers are called. `part` is the recording wanted, counted from
    1; 0 is the first that can be played. The score is that part's, from `sheets` where given.
    """
    story = await calls.story_for(session, call_id, user)
    call = story.call
    parts = [each for each in await recordings.recordings_of(session, call_id) if may_hear(user, each)]
    playable = [each for each in parts if each.state == RecordingState.STORED]
    stored = playable[part - 1] if 0 < part <= len(playable) else playable[0] if playable else None
    shown = stored or (parts[-1] if parts else None)
    text = await session.get(TranscriptRow, shown.id) if shown else None
    score = await sheets.sheet_of(session, shown.id, user, language) if sheets and shown else None
    mark = Mark(score.score, bool(score.veto)) if score else None
    version = await book.of(session, call.menu, call.menu_version) if book else None
    menu = _Menu(MenuWay(version), language)
    return CallPage(
        row=row_of(call, mark, user, now),
        dialled=call.dialled,
        menu=call.menu,
        menu_version=call.menu_version,
        language=call.language,
        ended_at=call.ended_at or 0.0,
        ended_by=call.ended_by,
        moments=tuple(_moment(event, queues, agents, menu) for event in story.events),
        sound=sound_of(stored),
        parts=tuple(_part(each, number, each is stored) for number, each in enumerate(playable, 1)),
        silent=tuple(_silent(each) for each in parts if each.state not in SOUNDING),
        transcript_state=transcript_state(text, bool(parts)),
        transcript_note=note_of(text),
        lines=lines_of(text),
        score=score,
        heard=await calls.worst_sound(session, call_id),
    )


def sound_of(row: Recording | None) -> Sound | None:
    if row is None:
        return None
    held = (row.held_by, row.held_reason) if row.held_at is not None else ("", "")
    return Sound(row.id, row.seconds, -recording_service.offset_of(row), held_by=held[0], held=held[1])


def _part(row: Recording, part: int, chosen: bool) -> Sound:
    return Sound(row.id, row.seconds, -recording_service.offset_of(row), part, chosen)


def _silent(row: Recording) -> Silent:
    why = row.deleted_reason or row.error
    if row.deleted_at is None:
        return Silent(row.state, why, 0.0, "", "")
    return Silent(row.state, why, row.deleted_at, row.sha256, row.text_sha256)


def transcript_state(text: TranscriptRow | None, recorded: bool) -> str:
    if text is not None:
        return str(text.state)
    return "pending" if recorded else ""


def note_of(text: TranscriptRow | None) -> str:
    """Why there is no text, the machine's own reason; '' where it only waits for its turn."""
    return text.note if text is not None and text.content is None else ""


def lines_of(text: TranscriptRow | None) -> tuple[Line, ...]:
    if text is None or text.content is None:
        return ()
    said: list[dict[str, Any]] = redact.masked_document(text.content)["segments"]
    return tuple(
        Line(each["speaker"], each["start"], each["end"], figures(each["text"]), each.get("confidence"))
        for each in said
    )


@dataclass(frozen=True, slots=True)
class _Menu:
    """The menu a caller went through, in the reader's language."""

    way: MenuWay
    language: str

    def words(self, data: Mapping[str, Any]) -> str:
        return self.way.title(data.get("step", ""), data.get("keys", ""), self.language)


def _moment(event: CallEvent, queues: Mapping[str, str], agents: Mapping[str, str], menu: _Menu) -> Moment:
    data = event.data
    details: list[str] = []
    if event.agent:
        details.append(f"{event.agent} {agents.get(event.agent, '')}".strip())
    match event.kind:
        case "menu":
            details += [menu.words(data), f"⌨ {data['keys']}" if data.get("keys") else ""]
        case "outside":
            details += [data.get("number", ""), data.get("result", "")]
        case "conference":
            details.append(data.get("colleague", ""))
        case "queued" | "dialled" | "restaged":
            details.append(queues.get(data.get("queue", ""), data.get("queue", "")))
            details += [span(data["waited"])] if "waited" in data else []
        case "language":
            details.append(data.get("language", ""))
        case "identified":
            details += [data.get("customer", ""), data.get("tier", "")]
        case "offered" | "connected":
            details.append(span(data.get("waited", 0.0)))
        case "offer-ended":
            why = data.get("why", "")
            details += [data.get("result", ""), WITHDRAWN.get(why, why)]
        case "disconnected" | "ended" | "amended":
            details += [data.get("outcome", ""), data.get("ended_by", "")]
        case "priority":
            details.append(f"{data.get('was', '')} → {data.get('priority', '')}")
    choice = (data["waiting"], data["free"]) if "free" in data else None
    kind = "unmuted" if event.kind == "muted" and not data.get("muted") else event.kind
    return Moment(event.at, kind, tuple(detail for detail in details if detail), choice)
