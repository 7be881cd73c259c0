"""Lookups in a JSON service: answers, nonsense, silence, and what is kept."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from ivr.effects import LookUp
from ivr.schema import Http
from ivr.secret import Secret
from ivr.selfservice.lookups import JsonLookups, LookupFault
from tests.virtual_time import now, virtual_time

FIELDS = (("balance", "account.balance"), ("last", "history.0.text"))
GOOD = {"account": {"balance": 12.50}, "history": [{"text": "中"}]}


class Bank:
    """A service that answers with what it is given, in turn; the last answer stays."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, bytes]] = []
        self.headers: dict[str, str] = {}

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((str(request.url), request.content))
        self.headers = dict(request.headers)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        match answer:
            case float():
                await asyncio.sleep(answer)
                return httpx.Response(200, json=GOOD)
            case int():
                return httpx.Response(answer)
            case bytes():
                return httpx.Response(200, content=answer)
            case _:
                return httpx.Response(200, json=answer)


def asking(bank: Bank, **changes: Any) -> tuple[JsonLookups, Callable[..., LookUp]]:
    service = Http(url="https://bank.test/c/{caller}", **changes)
    lookups = JsonLookups(now, httpx.MockTransport(bank))
    return lookups, lambda **values: LookUp(1, "", service, FIELDS, tuple(values.items()))


@virtual_time
async def test_fields_are_found_and_the_caller_is_quoted_into_the_address() -> None:
    bank = Bank(GOOD)
    lookups, wish = asking(bank)
    assert await lookups.ask(wish(caller="1/../2?x")) == ("found", (("balance", "12.5"), ("last", "中")))
    assert bank.asked[0][0] == "https://bank.test/c/1%2F..%2F2%3Fx"


@virtual_time
async def test_unknown_customer_is_not_found() -> None:
    lookups, wish = asking(Bank(404))
    assert await lookups.ask(wish(caller="1")) == ("not_found", ())


@pytest.mark.parametrize(
    "answer", [500, 302, b"<html>", b"x" * 70000, {"account": {}}, {"account": {"balance": {"a": 1}}}, [1]]
)
@virtual_time
async def test_nonsense_is_a_fault_after_the_retries(answer: Any) -> None:
    bank = Bank(answer)
    lookups, wish = asking(bank, retries=1)
    with pytest.raises(LookupFault):
        await lookups.ask(wish(caller="1"))
    assert len(bank.asked) == 2


@virtual_time
async def test_service_that_hangs_costs_the_deadline_and_no_more() -> None:
    lookups, wish = asking(Bank(60.0), deadline=2, retries=3)
    began = now()
    with pytest.raises(LookupFault, match="within 2 s"):
        await lookups.ask(wish(caller="1"))
    assert now() - began == pytest.approx(2, abs=0.01)


@virtual_time
async def test_second_try_may_succeed_and_an_answer_is_kept_for_its_time() -> None:
    bank = Bank(503, GOOD)
    lookups, wish = asking(bank, retries=1, cache=60)
    for _ in range(3):
        assert (await lookups.ask(wish(caller="1")))[0] == "found"
    assert len(bank.asked) == 2
    await asyncio.sleep(61)
    await lookups.ask(wish(caller="1"))
    assert len(bank.asked) == 3


@virtual_time
async def test_nonsense_is_not_kept_and_the_next_caller_gets_the_mended_answer() -> None:
    lookups, wish = asking(Bank({"account": {}}, GOOD), retries=0, cache=60)
    with pytest.raises(LookupFault):
        await lookups.ask(wish(caller="1"))
    assert (await lookups.ask(wish(caller="1")))[0] == "found"


@virtual_time
async def test_kept_answer_without_what_another_step_wants_is_asked_for_anew() -> None:
    bank = Bank({"account": {"balance": 1}}, GOOD)
    lookups, wish = asking(bank, cache=60)
    balance = replace(wish(caller="1"), fields=FIELDS[:1])
    assert await lookups.ask(balance) == ("found", (("balance", "1"),))
    assert await lookups.ask(wish(caller="1")) == ("found", (("balance", "12.5"), ("last", "中")))
    assert await lookups.ask(balance) == ("found", (("balance", "12.5"),))
    assert len(bank.asked) == 2


@virtual_time
async def test_secret_goes_into_the_body_and_its_answer_is_never_kept() -> None:
    bank = Bank(GOOD)
    lookups, wish = asking(bank, method="POST", body={"code": "{code}"}, cache=60)
    for _ in range(2):
        await lookups.ask(wish(caller="1", code=Secret("9753")))
    assert [content for _, content in bank.asked] == [b'{"code":"9753"}'] * 2


@virtual_time
async def test_answer_may_say_by_a_field_that_there_is_no_such_customer() -> None:
    bank = Bank({"result": {"code": 404}}, {"result": {"code": 0}, **GOOD})
    lookups, wish = asking(bank, not_found_if={"result.code": "404"})
    assert await lookups.ask(wish(caller="1")) == ("not_found", ())
    assert (await lookups.ask(wish(caller="1")))[0] == "found"


@virtual_time
async def test_credential_comes_from_the_environment_and_its_absence_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bank = Bank(GOOD)
    lookups, wish = asking(bank, headers={"Authorization": "Bearer ${LOOKUP_TOKEN}", "X-Site": "a"}, retries=0)
    with pytest.raises(LookupFault, match="LOOKUP_TOKEN"):
        await lookups.ask(wish(caller="1"))
    monkeypatch.setenv("LOOKUP_TOKEN", "s3cret")
    assert (await lookups.ask(wish(caller="1")))[0] == "found"
    assert (bank.headers["authorization"], bank.headers["x-site"]) == ("Bearer s3cret", "a")


@pytest.mark.parametrize("value", ["s3cret\n", " s3cret", "s3cret\x07x", "s3cretß"])
@virtual_time
async def test_credential_that_fits_into_no_header_is_a_fault_that_names_its_variable_only(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    bank = Bank(GOOD)
    lookups, wish = asking(bank, headers={"Authorization": "Bearer ${LOOKUP_TOKEN}"}, retries=0)
    monkeypatch.setenv("LOOKUP_TOKEN", value)
    with pytest.raises(LookupFault, match="LOOKUP_TOKEN") as fault:
        await lookups.ask(wish(caller="1"))
    assert ("s3cret" in str(fault.value), bank.asked) == (False, [])


@virtual_time
async def test_fault_of_a_request_tells_its_kind_and_not_what_was_sent() -> None:
    async def refuses(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Illegal header value b'Bearer s3cret'")

    lookups = JsonLookups(now, httpx.MockTransport(refuses))
    with pytest.raises(LookupFault) as fault:
        await lookups.ask(LookUp(1, "", Http(url="https://bank.test/c"), FIELDS))
    assert fault.value.problem == "LocalProtocolError"


@virtual_time
async def test_session_that_a_service_gave_one_caller_is_not_the_next_ones() -> None:
    sent: list[str | None] = []

    async def greets(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers.get("cookie"))
        return httpx.Response(200, json=GOOD, headers={"set-cookie": "session=of-caller-1; Path=/"})

    lookups = JsonLookups(now, httpx.MockTransport(greets))
    service = Http(url="https://bank.test/{caller}")
    for caller in "12":
        await lookups.ask(LookUp(1, "", service, FIELDS, (("caller", caller),)))
    assert sent == [None, None]


@pytest.mark.parametrize("url", ["http://bank.test/", "http://localhost.bank.test/"])
def test_credential_is_sent_encrypted_only(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Http(url=url, headers={"Authorization": "${LOOKUP_TOKEN}"})


@virtual_time
async def test_answer_that_unfolds_beyond_measure_and_an_address_that_is_none_are_faults() -> None:
    async def bomb(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "identity"
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b"))

    async def breaks(request: httpx.Request) -> httpx.Response:
        raise OverflowError("port must be 0-65535")

    wish = LookUp(1, "", Http(url="https://bank.test/c"), FIELDS)
    for transport, why in ((bomb, "answer is compressed"), (breaks, "OverflowError in the engine")):
        with pytest.raises(LookupFault) as fault:
            await JsonLookups(now, httpx.MockTransport(transport)).ask(wish)
        assert fault.value.problem == why
