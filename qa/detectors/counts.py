"""Detector of how often something is said: courtesy words, fillers."""

from qa.case import Case, proof
from qa.checks import Rate
from qa.finding import Finding, failed, not_applicable, passed, shown
from qa.match import Hit
from qa.talk import Utterance
from recordings.transcript import Speaker


def rate(case: Case, check: Rate) -> Finding:
    agent = case.talk.agent
    if agent.size < check.from_size and not (check.from_turns and len(agent.utterances) >= check.from_turns):
        return not_applicable("客服说话太少，无法评定", "the agent said too little to be judged")
    title = case.title_of(check)
    runs = case.hits(Speaker.AGENT, *check.runs) if check.runs else []
    if len(runs) > check.most_runs:
        return failed(
            f"{title.zh}连着说了{len(runs)}次", f"{title.en} in a row, {len(runs)} times",
            tuple(proof(case, hit) for hit in runs[:5]), check.share,
        )  # fmt: skip
    hits = [hit for hit in case.hits(Speaker.AGENT, *check.families) if not (check.single_only and _alone(case, hit))]
    measured = _rate(len(hits), agent.size, agent.seconds, check.per)
    zh, en = ("每分钟", "a minute") if check.per == "minute" else ("每百字", "per 100 characters")
    note = (f"{len(hits)}次，{zh}{measured:.1f}次", f"{len(hits)} times, {measured:.1f} {en}")
    if check.max is not None and measured > check.max and len(hits) >= check.hits:
        return failed(
            f"{title.zh}{note[0]}", f"{title.en} {note[1]}", tuple(proof(case, hit) for hit in hits[:5]), check.share
        )
    if check.min is not None and measured < check.min:
        return failed(
            f"{title.zh}只有{note[0]}", f"{title.en} only {note[1]}",
            tuple(shown(said) for said in agent.utterances[:2]), check.share,
        )  # fmt: skip
    body = agent.utterances[1:-1]
    if check.body_min is not None and _poor(check.body_min, check.body_size, body, hits):
        return failed(
            f"开头语和结束语之外没有{title.zh}", f"no {title.en} between greeting and closing",
            tuple(shown(said) for said in body[:2]), check.share,
        )  # fmt: skip
    return passed(note[0], note[1])


def _poor(least: float, size: int, body: list[Utterance], hits: list[Hit]) -> bool:
    spoken = sum(said.size for said in body)
    here = {id(said) for said in body}
    inside = sum(1 for hit in hits if id(hit.said) in here)
    return spoken >= size and inside * 100 / spoken < least


def _alone(case: Case, hit: Hit) -> bool:
    return hit.said.size <= 3 and case.is_only(hit.said, hit.family)


def _rate(hits: int, size: int, seconds: float, per: str) -> float:
    if per == "hundred":
        return hits * 100 / size
    return hits * 60 / max(seconds, size / 6, 1)
