"""Requests to a running centre over HTTP, as one person."""

from typing import Any

import httpx

from accounts import service
from app.centre import Centre
from core.clock import system_clock
from core.errors import HotlineError


class Api:
    """The centre's HTTP interface as one person uses it."""

    @classmethod
    async def of(cls, centre: Centre, login: str) -> "Api":
        """Signed in with a bearer token issued to `login`."""
        async with centre.db.transaction() as tx:
            token = await service.issue_token(tx, login, system_clock(), "demo")
        return cls(centre.web, token)

    def __init__(self, web: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(base_url=web, headers=headers, timeout=10, trust_env=False)

    async def get(self, path: str, **query: str | int) -> Any:
        return self._read(path, await self._http.get(path, params=query))

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        return self._read(path, await self._http.put(path, json=body))

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._read(path, await self._http.post(path, json=body))

    async def close(self) -> None:
        await self._http.aclose()

    @staticmethod
    def _read(path: str, answer: httpx.Response) -> Any:
        if answer.is_error:
            raise HotlineError(f"{path} answered {answer.status_code}", answer.text[:200])
        return answer.json() if answer.content else None
