"""Numbers and moments that people may name: within what every database stores, and compares."""

from typing import Annotated

from pydantic import Field

LAST = 2**31 - 1
"""The largest number that a row can have."""
FAR = 1e12
"""A moment after all others."""

Number = Annotated[int, Field(ge=0, le=LAST)]
Moment = Annotated[float, Field(ge=-FAR, le=FAR)]
"""In seconds since the epoch. What is no number lies in no bounds."""
