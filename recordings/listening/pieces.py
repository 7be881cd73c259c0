"""A file over HTTP, whole or by one Range of bytes, from anything that can be read and sought."""

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

BLOCK = 64 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def response(file: BinaryIO, request: Request, media_type: str, name: str, etag: str) -> Response:
    """200, 206 or 416; closes `file` when it has been sent. Several ranges at once get the whole file."""
    size = file.seek(0, os.SEEK_END)
    headers = {
        "accept-ranges": "bytes", "etag": f'"{etag}"', "cache-control": "private, no-store",
        "content-disposition": f'inline; filename="{name}"',
    }  # fmt: skip
    asked = request.headers.get("range", "")
    if request.headers.get("if-range", headers["etag"]) != headers["etag"]:
        asked = ""
    wanted = wanted_of(asked, size)
    if wanted is None:
        file.close()
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    start, end = wanted
    headers["content-length"] = str(end - start)
    partly = (start, end) != (0, size)
    if partly:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    file.seek(start)
    return StreamingResponse(
        _blocks(file, end - start), 206 if partly else 200, headers, media_type, BackgroundTask(file.close)
    )


def wanted_of(header: str, size: int) -> tuple[int, int] | None:
    """The bytes [start, end) that a Range header asks for, all for one not understood, None for one beyond the end."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]):
        return 0, size
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
    return (start, end) if start < end else None


def _blocks(file: BinaryIO, count: int) -> Iterator[bytes]:
    with file:
        while count > 0 and (block := file.read(min(BLOCK, count))):
            count -= len(block)
            yield block
