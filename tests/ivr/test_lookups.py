"""Lookups in a JSON service: answers, nonsense, silence, and what is kept."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ivr.effects import LookUp
from ivr.lookups import JsonLookups, LookupFault
from ivr.schema import Http
from ivr.secret import Secret
from tests.virtual_time import now, virtual_time

FIELDS = (("balance", "account.balance"), ("last", "history.0.text"))
GOOD = {"account": {"balance": 12.50}, "history": [{"text": "中"}]}


class Bank:
    """A service that answers with what it is given, in turn; the last answer stays."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, bytes]] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((str(request.url), request.content))
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
    lookups, wish = asking(Bank(answer), retries=1)
    with pytest.raises(LookupFault):
        await lookups.ask(wish(caller="1"))


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
async def test_secret_goes_into_the_body_and_its_answer_is_never_kept() -> None:
    bank = Bank(GOOD)
    lookups, wish = asking(bank, method="POST", body={"code": "{code}"}, cache=60)
    for _ in range(2):
        await lookups.ask(wish(caller="1", code=Secret("9753")))
    assert [content for _, content in bank.asked] == [b'{"code":"9753"}'] * 2
