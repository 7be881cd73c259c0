"""Whether what the centre recorded is what the story says: every stage, pure."""

from pypinyin import lazy_pinyin

from app.demo.cast import ACTORS, Manner
from app.demo.expected import Expected, Rows
from app.demo.records import Recorded
from app.demo.stage import Stage, same
from app.demo.story import Story
from app.phones.caller import Result

MANNERS = {actor.number: actor.manner for actor in ACTORS}


def check(story: Story, heard: Result, found: Recorded | None, others: dict[str, Recorded | None]) -> list[Stage]:
    """The stages of one story; `others` are the recorded calls of all stories by name."""
    telephone = Stage("telephone", bool(heard.answered_at) and not heard.faults, "; ".join(heard.faults))
    if found is None:
        return [telephone, Stage("call record", False, "the centre has no record of this call")]
    wanted = story.expected
    return [
        telephone,
        same("outcome", wanted.outcome, found.outcome),
        same("keys", wanted.keys, found.keys),
        same("language", story.language, found.language),
        same("queue", wanted.queue, found.queue),
        same("offers", wanted.offers, tuple(offer.result for offer in found.offers)),
        *_agent(wanted, found),
        *_recording(wanted, found),
        *_score(wanted, found),
        *_overtaking(wanted, found, others),
        same("message", wanted.contact, found.contact),
    ]


def sounds_like(words: str, text: str) -> bool:
    """Whether `words` are in `text` by sound, tones aside: the recogniser writes homophones."""
    return " ".join(lazy_pinyin(words)) in " ".join(lazy_pinyin("".join(text.split())))


def _agent(wanted: Expected, found: Recorded) -> list[Stage]:
    if not wanted.agents:
        return []
    offered = {offer.agent for offer in found.offers}
    return [Stage("agent", offered <= set(wanted.agents), f"wanted {wanted.agents}, offered to {sorted(offered)}")]


def _recording(wanted: Expected, found: Recorded) -> list[Stage]:
    talked = wanted.outcome == "answered"
    stages = [same("recordings", int(talked), found.recordings), same("speech", wanted.speech, found.speech)]
    if wanted.speech == "ready":
        missing = [words for words in wanted.heard if not sounds_like(words, found.text)]
        stages.append(Stage("transcript", not missing, f"not found: {'、'.join(missing)}" if missing else ""))
    return stages


def _score(wanted: Expected, found: Recorded) -> list[Stage]:
    if not wanted.score:
        return [same("score", None, found.score and found.score.value)]
    manner = MANNERS.get(found.agent, Manner.GOOD)
    limits = wanted.score.get(manner)
    if limits is None or found.score is None:
        return [Stage("score", False, "no score" if limits else f"served by {found.agent}, who is {manner}")]
    low, high = limits
    rows = wanted.rows.get(manner, Rows())
    other = [row for row in rows.fails if found.score.verdicts.get(row) != "fail"]
    other += [row for row in rows.passes if found.score.verdicts.get(row) not in ("pass", "na")]
    told = ", ".join(f"{row} is {found.score.verdicts.get(row)}" for row in other)
    return [
        Stage("rows", not other, told),
        Stage("score", low <= found.score.value <= high, f"{found.score.value:g}, wanted {low:g} to {high:g}"),
    ]


def _overtaking(wanted: Expected, found: Recorded, others: dict[str, Recorded | None]) -> list[Stage]:
    if not wanted.overtakes:
        return []
    other = others.get(wanted.overtakes)
    overtook = (
        other is not None
        and other.queued_at < found.queued_at
        and 0 < found.connected_at < (other.connected_at or float("inf"))
    )
    return [Stage("overtakes", overtook, f"{wanted.overtakes} queued first and must be connected later")]
