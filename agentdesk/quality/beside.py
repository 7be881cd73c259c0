"""Read model shared by the pages of one form: the call with the sound and the text of the recording that was scored."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import User
from agentdesk.reading.call import call_page, lines_of, note_of, sound_of, transcript_state
from agentdesk.reading.views import CallPage
from recordings.models import Recording, RecordingState, TranscriptRow


async def scored_call(
    session: AsyncSession, call: str, recording: str, user: User, now: float, queues: Mapping[str, str],
    agents: Mapping[str, str],
) -> CallPage:  # fmt: skip
    """Without its score; NotFound as `call_page`."""
    page = await call_page(session, call, user, now, queues, agents, None)
    sound = await session.get(Recording, recording)
    text = await session.get(TranscriptRow, recording)
    kept = sound if sound is not None and sound.state == RecordingState.STORED else None
    state = transcript_state(text, sound is not None)
    return replace(
        page,
        sound=sound_of(kept),
        parts=(),
        lines=lines_of(text),
        transcript_state=state,
        transcript_note=note_of(text),
    )
