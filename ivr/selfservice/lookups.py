"""Lookups in JSON services: one deadline for all tries, answers kept for a while, nonsense is a fault."""

import asyncio
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import httpx

from core.clock import Clock
from core.errors import HotlineError
from ivr.document import MISSING, as_text, dig
from ivr.effects import Known, LookUp
from ivr.schema import Http
from ivr.secret import Secret

LARGEST = 65536
MOST_KEPT = 10000
PAUSE = 0.1
NAMED = re.compile(r"\{([a-z][a-z0-9_]*)\}")
CREDENTIAL = re.compile(r"\$\{(LOOKUP_[A-Z0-9_]+)\}")
NOT_FOUND = 404
PLAIN = "identity"
"""Compressed, a few bytes may become more than fits into memory."""


class LookupFault(HotlineError):
    """The service did not answer in time, or what it answered cannot be used."""


class JsonLookups:
    """`ask` returns (`found`, variables) or (`not_found`, ()); raises LookupFault."""

    def __init__(self, clock: Clock, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._clock = clock
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self._kept: dict[str, tuple[float, Any]] = {}

    async def ask(self, wish: LookUp) -> tuple[str, Known]:
        service = wish.service
        assert service is not None
        values = dict(wish.values)
        url = NAMED.sub(lambda found: quote(str(values.get(found[1], "")), safe=""), service.url)
        body = {name: NAMED.sub(lambda found: _plain(values, found[1]), text) for name, text in service.body.items()}
        secret = any(isinstance(each, Secret) for each in values.values())
        place = "" if secret or not service.cache else json.dumps([service.method, url, body], sort_keys=True)
        document = self._remembered(place)
        if document is not MISSING:
            with suppress(LookupFault):  # another step with the same question wanted less of the answer
                return _meant(document, service, wish.fields)
        document, meant = await self._fetched(service, url, body, wish.fields)
        self._remember(place, service.cache, document)
        return meant

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _remembered(self, place: str) -> Any:
        until, document = self._kept.get(place, (0.0, MISSING))
        return document if place and self._clock() < until else MISSING

    def _remember(self, place: str, seconds: float, document: Any) -> None:
        if not place:
            return
        now = self._clock()
        if len(self._kept) >= MOST_KEPT:
            self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > now}
        if len(self._kept) < MOST_KEPT:
            self._kept[place] = (now + seconds, document)

    async def _fetched(
        self, service: Http, url: str, body: Mapping[str, str], wanted: Known
    ) -> tuple[Any, tuple[str, Known]]:
        """The answer and what it means; one that means nothing is as good as none."""
        fault = "no answer"
        try:
            async with asyncio.timeout(service.deadline):
                for attempt in range(service.retries + 1):
                    if attempt:
                        await asyncio.sleep(PAUSE)
                    try:
                        document = await self._fetch(service, url, body)
                        return document, _meant(document, service, wanted)
                    except LookupFault as failed:
                        fault = failed.problem
                    except httpx.HTTPError as failed:  # its words may name what we sent, a credential too
                        fault = type(failed).__name__
                    except Exception as failed:  # noqa: BLE001  # whatever a service makes of us, the caller goes on
                        fault = f"{type(failed).__name__} in the engine"
        except TimeoutError:
            fault = f"no answer within {service.deadline:g} s"
        raise LookupFault(fault, "look at the service; the caller went on at `failed`") from None

    async def _fetch(self, service: Http, url: str, body: Mapping[str, str]) -> Any:
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport, timeout=None, follow_redirects=False, cookies=_no_cookies()
            )
        content = dict(body) if service.method == "POST" else None
        headers = {name: _from_environment(text) for name, text in service.headers.items()}
        headers["Accept-Encoding"] = PLAIN
        async with self._client.stream(service.method, url, json=content, headers=headers) as answer:
            if answer.status_code == NOT_FOUND:
                return None
            if answer.status_code != httpx.codes.OK:
                raise LookupFault(f"status {answer.status_code}")
            if answer.headers.get("content-encoding", PLAIN) != PLAIN:
                raise LookupFault("answer is compressed")
            text = b""
            async for part in answer.aiter_bytes():
                text += part
                if len(text) > LARGEST:
                    raise LookupFault(f"answer of more than {LARGEST} bytes")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):  # nested too deeply to be meant
            raise LookupFault("answer is no JSON") from None


def _from_environment(text: str) -> str:
    """Only what is named for lookups: whoever writes a menu must not read the house's other secrets with it."""
    return CREDENTIAL.sub(lambda found: _credential(found[1]), text)


def _credential(name: str) -> str:
    """Its value; a fault names the variable only: whatever is wrong with it, it is a secret."""
    value = os.environ.get(name)
    if value is None:
        raise LookupFault(f"the environment has no {name}", "set it where the centre is started")
    if value != value.strip() or not (value.isascii() and value.isprintable()):
        raise LookupFault(f"{name} of the environment fits into no header", "set it without blanks and line breaks")
    return value


def _no_cookies() -> CookieJar:
    """A jar that takes none: the client is shared, and one caller's session must not be another's."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


def _plain(values: Mapping[str, str | Secret], name: str) -> str:
    value = values.get(name, "")
    return value.reveal() if isinstance(value, Secret) else value


def _meant(document: Any, service: Http, wanted: Known) -> tuple[str, Known]:
    missing = any(as_text(dig(document, path)) == text for path, text in service.not_found_if.items())
    return ("not_found", ()) if document is None or missing else ("found", _fields(document, wanted))


def _fields(document: Any, wanted: Known) -> Known:
    found = []
    for name, path in wanted:
        text = as_text(dig(document, path))
        if text is None:
            raise LookupFault(f"answer has no text or number at {path!r}")
        found.append((name, text))
    return tuple(found)
