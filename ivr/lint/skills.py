"""Check of the skills that queues ask for beyond their own: somebody must be able to have them."""

from collections.abc import Collection, Iterator

from ivr.lint.findings import Finding
from ivr.schema import Flow, Queue


def check(flow: Flow, known: Collection[str] | None) -> Iterator[Finding]:
    """Nothing where no skill is known by name."""
    if known is None:
        return
    for name, step in flow.steps.items():
        if isinstance(step, Queue):
            for skill in step.skills:
                if skill not in known and skill not in flow.languages:
                    problem = f"nobody is known to have {skill!r}: correct it, or name it under `skills` of queues.yaml"
                    yield Finding(name, "unknown-skill", problem, place=("skills", skill))
