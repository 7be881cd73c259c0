"""A table that somebody sends as a file: all of it, or none."""

from fastapi import UploadFile

from core import tables

LINE_ENDS = 2
"""Times as many characters: a form sends one at the end of each line that the file has not."""


async def table_in(file: UploadFile, most: int, remedy: str = tables.SPLIT) -> str:
    """Raises BadInput for what is no table, and for more than `most` bytes."""
    data = await file.read(most + 1)
    tables.demand_size(len(data), most, remedy)
    return tables.decoded(data)
