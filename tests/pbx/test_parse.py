"""Headers to events: what is meant is found, junk is nothing."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbx import parse
from pbx.departed import read
from pbx.events import (
    BridgeRefused,
    CallArrived,
    CallerHeld,
    CallerReleased,
    CallerWaiting,
    HoldChanged,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegJoined,
    LegLeft,
    LegRinging,
    PbxEvent,
)
from pbx.framing import Headers, headers
from pbx.known import knows

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first text builds a table
NAMES = ("AsyncAGIStart", "DTMFEnd", "Newstate", "BridgeEnter", "BridgeLeave", "Hangup", "Hold", "Unhold", "UserEvent")
KEYS = ("event", "uniqueid", "timestamp", "cause", "channelstate", "digit", "direction", "env", "userevent", "result")
junk = st.text(max_size=30) | st.sampled_from(
    ("nan", "inf", "-1e999", "6", "Received", "%", "%E5%A", "CentreBridgeEnd")
)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"event": "DTMFEnd", "digit": "#", "direction": "Received"}, KeyPressed(5.5, "1.1", "#")),
        ({"event": "DTMFEnd", "digit": "#", "direction": "Sent"}, None),
        ({"event": "Newstate", "channelstate": "5"}, LegRinging(5.5, "1.1")),
        ({"event": "Newstate", "channelstate": "6"}, LegAnswered(5.5, "1.1")),
        ({"event": "Newstate", "channelstate": "4"}, None),
        ({"event": "BridgeEnter", "bridgeuniqueid": "b"}, LegJoined(5.5, "1.1", "b")),
        ({"event": "BridgeLeave", "bridgeuniqueid": "b"}, LegLeft(5.5, "1.1", "b")),
        ({"event": "Hangup", "cause": "17"}, LegEnded(5.5, "1.1", 17)),
        ({"event": "Hangup", "cause": "0"}, LegEnded(5.5, "1.1", 16)),
        ({"event": "Hangup", "cause": "?"}, LegEnded(5.5, "1.1", 16)),
        ({"event": "Hold"}, HoldChanged(5.5, "1.1", True)),
        ({"event": "Unhold"}, HoldChanged(5.5, "1.1", False)),
        ({"event": "UserEvent", "userevent": "CentreWaiting"}, CallerWaiting(5.5, "1.1")),
        ({"event": "UserEvent", "userevent": "CentreAfter"}, CallerReleased(5.5, "1.1")),
        ({"event": "UserEvent", "userevent": "CentreBridgeEnd", "result": "SUCCESS"}, None),
        (
            {"event": "UserEvent", "userevent": "CentreBridgeEnd", "result": "NONEXISTENT"},
            BridgeRefused(5.5, "1.1", "NONEXISTENT"),
        ),
        ({"event": "VarSet"}, None),
    ],
)
def test_an_event_is_read(fields: Headers, told: PbxEvent | None) -> None:
    assert parse.event({"uniqueid": "1.1", "timestamp": "5.5", **fields}, now=9.0) == told


def test_a_caller_who_arrives_brings_his_number_and_the_one_he_dialled() -> None:
    environment = quote("agi_request: async\nagi_dnid: 95566\nagi_callerid: 138\n\n")
    fields = {"event": "AsyncAGIStart", "uniqueid": "1.1", "calleridnum": "138", "env": environment}
    assert parse.event(fields, now=9.0) == CallArrived(9.0, "1.1", "138", "95566")


@pytest.mark.parametrize("shown", ["<unknown>", "Anonymous", "restricted"])
def test_a_caller_without_a_number_has_none(shown: str) -> None:
    fields = {"event": "AsyncAGIStart", "uniqueid": "1.1", "calleridnum": shown, "exten": "s"}
    assert parse.event(fields, now=9.0) == CallArrived(9.0, "1.1", "", "s")


@pytest.mark.parametrize(
    ("said", "caller"),
    [("138\n1", "1381"), ("138\x00", "138"), ("1" * 79, "1" * 40), ("\nanonymous", ""), ("<unknown>", "")],
)
def test_number_of_a_caller_is_one_short_line_wherever_it_is_read(said: str, caller: str) -> None:
    arrived = parse.event({"event": "AsyncAGIStart", "uniqueid": "1.1", "calleridnum": said, "exten": "s"}, now=9.0)
    assert arrived == CallArrived(9.0, "1.1", caller, "s")
    assert parse.snapshot({"uniqueid": "1.1", "calleridnum": said}, now=9.0).caller == caller
    assert read("n1-1.1", f"customer|1700000010|||menu|95566|{said}").caller == caller


def test_number_that_was_dialled_is_one_short_line_too() -> None:
    fields = {"event": "AsyncAGIStart", "uniqueid": "1.1", "env": quote("agi_dnid: 9\x01" + "1" * 79 + "\n")}
    assert parse.event(fields, now=9.0) == CallArrived(9.0, "1.1", "", "9" + "1" * 31)
    assert parse.snapshot({"uniqueid": "1.1", "dnid": "9\n1"}, now=9.0).dialled == "91"


def test_who_passed_a_caller_on_does_not_say_which_number_was_dialled() -> None:
    environment = quote("agi_dnid: 95566\nagi_rdnis: 1\nagi_dnid: 999\n\n")
    fields = {"event": "AsyncAGIStart", "uniqueid": "1.1", "calleridnum": "138", "env": environment}
    assert parse.event(fields, now=9.0) == CallArrived(9.0, "1.1", "138", "95566")


def test_names_of_headers_may_be_written_in_any_case() -> None:
    told = parse.event(headers("EVENT: hangup\r\nUNIQUEID: 1.1\r\ncAuSe: 21"), now=9.0)
    assert told == LegEnded(9.0, "1.1", 21)


def test_an_event_about_no_channel_is_nothing() -> None:
    assert parse.event({"event": "Hangup", "cause": "16"}, now=9.0) is None


@PATIENT
@given(st.dictionaries(st.sampled_from(KEYS), junk), st.sampled_from(NAMES))
def test_junk_never_raises(fields: Headers, name: str) -> None:
    told = parse.event({**fields, "event": name}, now=9.0)
    assert told is None or (told.at == told.at and abs(told.at) < 1e12)
    parse.snapshot({**fields, "variable": fields.get("env", ""), "seconds": fields.get("cause", "")}, now=9.0)


@PATIENT
@given(st.binary(max_size=200))
def test_random_bytes_never_raise(data: bytes) -> None:
    parse.event(headers(data.decode("utf-8", "replace")), now=9.0)


def test_a_snapshot_of_an_agents_leg_is_known_by_its_variable() -> None:
    fields = {"uniqueid": "a", "channel": "PJSIP/x-1", "context": "phones", "channelstate": "5", "seconds": "3"}
    agent = parse.snapshot({**fields, "variable": "CALLERCH=1.1"}, now=9.0)
    caller = parse.snapshot({**fields, "variable": "CALLERCH=(null)", "context": "hotline", "dnid": "95566"}, now=9.0)
    assert (agent.place, agent.answered, agent.started_at) == ("centre-agent", False, 6.0)
    assert (caller.place, caller.dialled) == ("hotline", "95566")


def test_who_is_alone_in_a_bridge_waits_there_and_who_shares_one_talks() -> None:
    bridges = {"waits": "h", "caller": "b", "agent": "b", "menu": ""}
    listed = [{"event": "Status", "uniqueid": leg, "bridgeid": bridge} for leg, bridge in bridges.items()]
    found = parse.snapshots([{"event": "StatusComplete"}, *listed], 5.0)
    assert {each.leg: each.bridge for each in found} == bridges | {"waits": ""}


def test_caller_who_is_served_says_since_when() -> None:
    said = {"PJSIP/phone-8001-0000000a 1700000000 a-1": 1700000000.0, "": 0.0, "junk": 0.0, "(null)": 0.0}
    for served, since in said.items():
        caller = {"uniqueid": "1.1", "variable": f"CALLERCH=(null)\nSHARED(SERVED)={served}"}
        assert parse.snapshot(caller, 5.0).served_since == since


def test_caller_whom_his_agent_has_left_says_since_when() -> None:
    for said, since in {"1700000000": 1700000000.0, "": 0.0, "junk": 0.0, "(null)": 0.0}.items():
        assert parse.snapshot({"uniqueid": "1.1", "variable": f"UNTIL={said}"}, 5.0).left_since == since


def test_legs_that_began_in_the_same_second_are_in_the_order_in_which_they_began() -> None:
    legs = [f"n1-{second}.{number}" for second, number in ((1700000000, 9), (1700000000, 10), (1700000001, 11))]
    began = [parse.snapshot({"uniqueid": leg, "seconds": "5"}, now=1700000006.0).started_at for leg in legs]
    assert began == sorted(began)
    assert len(set(began)) == 3
    assert began[0] == pytest.approx(1700000000, abs=1)


def test_legs_we_asked_for_are_known_by_their_variables_before_they_are_answered() -> None:
    for name, place in (("CALLERCH", "centre-agent"), ("SPYLEG", "centre-spy")):
        item = {"uniqueid": "x", "context": "phones", "variable": f"{name}=1.1"}
        assert parse.snapshot(item, 5.0).place == place
    nothing = {"uniqueid": "x", "context": "centre-hold", "variable": "CALLERCH=(null)\nSPYLEG="}
    assert parse.snapshot(nothing, 5.0).place == "centre-hold"


def test_a_held_caller_in_the_snapshot_is_not_told_again() -> None:
    headers = {"event": "UserEvent", "userevent": "CentreHeld", "uniqueid": "1.1"}
    held = parse.event(headers, 5.0)
    assert held == CallerHeld(5.0, "1.1")
    there = parse.snapshot({"uniqueid": "1.1", "context": "centre-hold"}, 5.0)
    assert knows({"1.1": there}, held)
    assert not knows({}, held)
