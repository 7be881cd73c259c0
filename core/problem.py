"""How a refusal is told to programs, as the OpenAPI document shows it."""

from typing import Any

from pydantic import BaseModel


class Problem(BaseModel):
    """`detail` and `remedy` are for people, in the asker's language; `reason`: a refusal's code (409).

    `also`: what else is wrong, in the same words.
    """

    detail: str
    remedy: str = ""
    reason: str = ""
    also: list["Problem"] = []


class Reason(BaseModel):
    """`reason` is for programs, `problem` for people, in English."""

    reason: str
    problem: str


class Denial(BaseModel):
    """A refusal of what somebody wants of a call or an agent under way."""

    detail: Reason


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "What was sent cannot be used"},
    401: {"model": Problem, "description": "Nobody is signed in, or the token is not known"},
    403: {"model": Problem, "description": "Not with the asker's role, or not with what is another's"},
    404: {"model": Problem, "description": "There is no such thing, or the asker may not know of it"},
    409: {"model": Problem, "description": "A rule forbids it now; `reason` says which"},
    503: {"model": Problem, "description": "The switch, the database or a store cannot be used now: try again soon"},
}
"""For the `responses` of routes."""
TOO_LARGE: dict[str, Any] = {
    "description": "More was sent than is taken here",
    "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}},
}
"""413, of every route that takes a body; as it stands in the document."""
DENIALS = {status: said | {"model": Denial} if status in (409, 503) else said for status, said in REFUSALS.items()}
"""The same, of routes to what is under way."""
