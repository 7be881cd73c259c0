"""The link against a server that misbehaves in every way seen on real ones."""

import asyncio

import pytest

from pbx.ami import AmiLink
from pbx.switch import LinkLost, SwitchError
from tests.pbx.ami_server import Ears, event, impatient, linking, message, nothing, serving, success


async def test_a_chinese_name_survives_being_cut_into_single_bytes() -> None:
    async with serving() as ami, linking(ami) as (_, ears):
        await ears.until(lambda: ears.sessions == 1)
        for byte in event("UserEvent", Name="客户王小明，您好").encode():
            ami.send(bytes([byte]))
            await asyncio.sleep(0)
        await ears.until(lambda: bool(ears.heard("UserEvent")))
        assert ears.heard("UserEvent")[0]["name"] == "客户王小明，您好"


async def test_events_come_in_their_order_however_the_bytes_are_cut() -> None:
    async with serving() as ami, linking(ami) as (_, ears):
        await ears.until(lambda: ears.sessions == 1)
        stream = "".join(event("UserEvent", Number=n) for n in range(500)).encode()
        for start in range(0, len(stream), 37):
            ami.send(stream[start : start + 37])
        await ears.until(lambda: len(ears.heard("UserEvent")) == 500)
        assert [each["number"] for each in ears.heard("UserEvent")] == [str(n) for n in range(500)]


async def test_a_listener_that_raises_loses_neither_the_link_nor_the_next_event() -> None:
    async with serving() as ami, linking(ami) as (link, ears):
        await ears.until(lambda: ears.sessions == 1)
        ami.send(event("Poison") + event("UserEvent", Number=1))
        await ears.until(lambda: bool(ears.heard("UserEvent")))
        assert (await link.ask({"Action": "Ping"}))["response"] == "Success"
        assert ears.downs == []


async def test_a_refused_login_is_told_and_not_hammered() -> None:
    async with serving() as ami:
        ami.replies["login"] = lambda action: message(
            Response="Error", ActionID=action["actionid"], Message="Authentication failed"
        )
        async with linking(ami, refused_pause=60.0) as (_, ears):
            await ears.until(lambda: bool(ears.downs))
            await asyncio.sleep(0.1)
            assert ears.downs == ["LoginRefused: Asterisk refused Login: Authentication failed"]
            assert ami.connections == 1


async def test_an_action_without_a_reply_fails_at_its_deadline_and_a_late_reply_is_harmless() -> None:
    async with serving() as ami, linking(ami) as (link, ears):
        await ears.until(lambda: ears.sessions == 1)
        ami.replies["status"] = nothing
        with pytest.raises(LinkLost):
            await link.ask({"Action": "Status"}, deadline=0.05)
        ami.send(success(ami.received[-1]))
        assert (await link.ask({"Action": "Ping"}))["response"] == "Success"


async def test_a_broken_link_fails_what_is_under_way_and_sends_it_never_again() -> None:
    async with serving() as ami, linking(ami, deadline=5.0) as (link, ears):
        await ears.until(lambda: ears.sessions == 1)
        ami.replies["originate"] = nothing
        ringing = asyncio.create_task(link.ask({"Action": "Originate", "Channel": "PJSIP/x"}))
        await ami.until(lambda: ami.count("originate") == 1)
        ami.cut()
        with pytest.raises(LinkLost):
            await asyncio.wait_for(ringing, 30)
        await ears.until(lambda: ears.sessions == 2)
        assert (await link.ask({"Action": "Ping"}))["response"] == "Success"
        assert ami.count("originate") == 1


async def test_a_half_open_link_is_noticed_and_replaced() -> None:
    async with serving() as ami, linking(ami, ping_every=0.05, deadline=0.1) as (_, ears):
        await ears.until(lambda: ears.sessions == 1)
        ami.replies["ping"] = nothing
        await ears.until(lambda: bool(ears.downs))
        assert "Ping" in ears.downs[0]
        ami.replies.pop("ping")
        await ears.until(lambda: ears.sessions == 2)


async def test_an_originate_response_reaches_the_listener_though_it_carries_the_actions_id() -> None:
    async with serving() as ami, linking(ami) as (link, ears):
        await ears.until(lambda: ears.sessions == 1)
        ami.replies["originate"] = lambda action: (
            success(action) + event("OriginateResponse", ActionID=action["actionid"], Response="Failure", Reason=0)
        )
        answer = await link.ask({"Action": "Originate", "ActionID": "ring/leg-1", "Channel": "PJSIP/x"})
        assert answer["message"] == "ok"
        await ears.until(lambda: bool(ears.heard("OriginateResponse")))
        assert ears.heard("OriginateResponse")[0]["actionid"] == "ring/leg-1"


async def test_a_list_is_collected_and_a_refused_list_is_an_error() -> None:
    async with serving() as ami, linking(ami) as (link, ears):
        await ears.until(lambda: ears.sessions == 1)
        ami.replies["status"] = lambda action: (
            message(Response="Success", ActionID=action["actionid"], EventList="start", Message="will follow")
            + event("Status", ActionID=action["actionid"], Uniqueid="1.1")
            + event("Hangup", Uniqueid="9.9")
            + event("Status", ActionID=action["actionid"], Uniqueid="1.2")
            + event("StatusComplete", ActionID=action["actionid"], EventList="Complete")
        )
        assert [each["uniqueid"] for each in await link.ask_list({"Action": "Status"})] == ["1.1", "1.2"]
        assert ears.heard("Hangup")
        ami.replies["status"] = lambda action: message(Response="Error", ActionID=action["actionid"], Message="no")
        with pytest.raises(SwitchError, match="no"):
            await link.ask_list({"Action": "Status"})


@pytest.mark.parametrize("value", ["a\r\nAction: Originate", "a\nb", "x" * 1020, "好" * 400])
async def test_a_value_that_asterisk_would_misread_is_never_sent(value: str) -> None:
    async with serving() as ami, linking(ami) as (link, ears):
        await ears.until(lambda: ears.sessions == 1)
        with pytest.raises(SwitchError, match="Value"):
            await link.ask({"Action": "Setvar", "Variable": "X", "Value": value})
        assert (await link.ask({"Action": "Ping"}))["response"] == "Success"
        assert ami.count("setvar") == 0


async def test_a_flood_without_an_end_breaks_the_link_instead_of_the_memory() -> None:
    async with serving() as ami, linking(ami) as (_, ears):
        await ears.until(lambda: ears.sessions == 1)
        ami.send(b"x" * (2 << 20))
        await ears.until(lambda: bool(ears.downs))
        assert "not AMI" in ears.downs[0]


async def about_to_reconnect() -> tuple[AmiLink, asyncio.Task[None], Ears]:
    """In a minute, to where nobody listens."""
    async with serving() as ami:
        free = ami.port
    ears = Ears()
    link = AmiLink(impatient(free, first_pause=60.0, longest_pause=60.0), ears.hear, ears.session, ears.down)
    running = asyncio.create_task(link.run())
    await ears.until(lambda: bool(ears.downs))
    return link, running, ears


async def test_close_while_waiting_to_reconnect_ends_it() -> None:
    link, running, ears = await about_to_reconnect()
    assert "cannot reach Asterisk" in ears.downs[0]
    await link.close()
    await asyncio.wait_for(running, 30)
    with pytest.raises(LinkLost):
        await link.ask({"Action": "Ping"})


async def test_who_closes_the_link_and_cancels_it_at_the_same_moment_is_heard() -> None:
    link, running, _ = await about_to_reconnect()
    await asyncio.sleep(0)
    await link.close()
    running.cancel()
    await asyncio.wait({running}, timeout=30)
    assert running.cancelled()


async def test_a_session_that_fails_gives_up_the_connection_and_is_tried_again() -> None:
    async with serving() as ami:
        ears = Ears()
        tried: list[int] = []

        async def session() -> None:
            tried.append(1)
            if len(tried) == 1:
                raise SwitchError("the switch answered nonsense")
            await ears.session()

        link = AmiLink(impatient(ami.port), ears.hear, session, ears.down)
        running = asyncio.create_task(link.run())
        await ears.until(lambda: ears.sessions == 1)
        assert ears.downs == ["the switch answered nonsense"]
        await link.close()
        await running


async def test_whoever_may_not_command_sends_nothing_and_begins_on_a_new_link_when_he_may_again() -> None:
    allowed = True
    async with serving() as ami, linking(ami, lambda: allowed) as (link, ears):
        await ears.until(lambda: ears.sessions == 1)
        allowed, sent = False, len(ami.received)
        with pytest.raises(LinkLost, match="may not command"):
            await link.ask({"Action": "Originate", "Channel": "PJSIP/x"})
        await ears.until(lambda: len(ears.downs) > 3)
        assert len(ami.received) == sent, "not even a login"
        allowed = True
        await ears.until(lambda: ears.sessions == 2)
        assert (await link.ask({"Action": "Ping"}))["response"] == "Success"
