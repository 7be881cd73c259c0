"""What recordings tell the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordingClosed:
    """The sound is safe: whole, checksummed, on its final place; speech work may begin."""

    at: float
    call: str
    recording: str


@dataclass(frozen=True, slots=True)
class PauseChanged:
    """A pause of the recording of a running call began or ended."""

    at: float
    call: str


@dataclass(frozen=True, slots=True)
class TranscriptChanged:
    """`state`: ready, no_model or failed."""

    at: float
    call: str
    recording: str
    state: str


@dataclass(frozen=True, slots=True)
class RecordingDeleted:
    """Sound and text are gone: what others keep of the words should go as well."""

    at: float
    call: str
    recording: str
