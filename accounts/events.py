"""What accounts tell the house."""

from dataclasses import dataclass

DESK_OVER, DESK_ENDED = "desk_over", "desk_ended"
"""Why somebody's last session is over though he has not signed out: its time is over, or it was ended."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A person's last session at the pages is over. `why`: '' when he has signed out himself."""

    login: str
    number: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class SessionEnding:
    """A session of this person, which is an agent's telephone, is to end with the talk on it, or now."""

    login: str


@dataclass(frozen=True, slots=True)
class DisplayRemoved:
    """A screen on a wall was taken back; `mark` is its token's hash."""

    mark: str


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """Somebody's skills, role or number are others, or somebody may not sign in any more."""


@dataclass(frozen=True, slots=True)
class TextPublished:
    """Another version of a text that people publish is live."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class PhonesChanged:
    """Which telephones may register, or with which secret, is no longer what the switch was told."""


@dataclass(frozen=True, slots=True)
class PhoneTaken:
    """The agent with this number has no telephone in his browser any more, by a deed of `by`: what he says on it is
    heard no more. `since`: it was his telephone from then on, and what rang before rang at another. `given_up`: he
    signed out there himself, knowing that his talk ends."""

    number: str
    by: str
    since: float
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class PhoneMoved:
    """Another page of his browsers has become the telephone of the agent with this number, who takes up there himself
    what he talked on. `since`: his telephone was in a browser from then on. `rings`: what rings there rings here too.
    """

    number: str
    since: float
    rings: bool


@dataclass(frozen=True, slots=True)
class NoticeChanged:
    """Something was told to agents, or one of them has read it."""

    notice: str
