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


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "What was sent cannot be used"},
    404: {"model": Problem, "description": "There is no such thing, or the asker may not know of it"},
    409: {"model": Problem, "description": "A rule forbids it now; `reason` says which"},
}
"""For the `responses` of routes."""
