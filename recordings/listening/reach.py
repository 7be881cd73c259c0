"""Who reaches a recording over HTTP, and what keeps its file or text from being read, as answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import HTTPException
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role, User
from core.errors import NotFound
from recordings import redact, service
from recordings.models import Kept, Recording, RecordingState, TranscriptRow
from recordings.spans import Span
from recordings.store.keys import KeyGone
from recordings.store.sealing import Tampered
from recordings.transcript import Transcript

HEARS = (Role.AGENT, Role.SUPERVISOR, Role.QUALITY, Role.ADMIN)


def may_hear(user: User, row: Recording) -> bool:
    own = bool(user.number) and row.facts is not None and row.facts["agent"] == user.number
    return user.role is not Role.AGENT or own


async def allowed(session: AsyncSession, recording: str, user: User) -> Recording:
    row = await session.get(Recording, recording)
    # The same answer for what does not exist and what may not be known.
    if row is None or not may_hear(user, row):
        raise HTTPException(404, "there is no such recording")
    return row


async def stored(session: AsyncSession, recording: str, user: User) -> Recording:
    row = await allowed(session, recording, user)
    if row.state != RecordingState.STORED:
        raise HTTPException(404, f"no sound: {row.error or row.state}")
    return row


@contextmanager
def troubles(row: Kept) -> Iterator[None]:
    """What keeps a stored file from being read, as answers: gone for good, or to be asked for again later."""
    try:
        yield
    except (NotFound, KeyGone) as fault:
        raise HTTPException(404, str(fault)) from None
    except Tampered:
        raise HTTPException(409, f"{row.path} is not what was stored: it cannot be trusted") from None
    except OSError as fault:
        raise HTTPException(503, str(fault)) from None


async def text_of(session: AsyncSession, row: Recording) -> dict[str, Any]:
    """The transcript in the exchange format, numbers and all; 404 with the reason without one."""
    text = await session.get(TranscriptRow, row.id)
    if text is None or text.content is None:
        raise HTTPException(404, f"no text: {text.note or text.state}" if text else "no text yet")
    return text.content


async def silences_in(session: AsyncSession, row: Recording) -> tuple[Span, ...]:
    """Where numbers are heard, in seconds of the file; 409 without a text to find them by."""
    text = await session.get(TranscriptRow, row.id)
    if text is None or text.content is None:
        state = text.note or text.state if text else "pending"
        raise HTTPException(409, f"there is no text to find numbers by: nothing can be silenced: {state}")
    _, secrets = redact.redact(Transcript.model_validate(text.content))
    return redact.silences(secrets, service.offset_of(row), row.seconds)
