"""What a page asks of the live stream: the names it listens to, and what it was told last."""

from typing import Annotated

from fastapi import Header, Query
from fastapi.responses import StreamingResponse

from agentdesk.live import Live


class Heard:
    """`names` of the page's parts, separated by spaces. `since`: of its former stream; a browser that connects again
    by itself says it in a header."""

    def __init__(
        self,
        names: Annotated[str, Query(max_length=4000)] = "",
        since: Annotated[str, Query(max_length=40)] = "",
        last_event_id: Annotated[str, Header(max_length=40)] = "",
    ) -> None:
        self._names = names.split()
        self._since = last_event_id or since

    def answer(self, live: Live, viewer: str) -> StreamingResponse:
        events = live.stream(self._names, self._since, viewer)
        return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
