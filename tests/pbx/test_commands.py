"""Commands to AMI actions, and what a command refuses."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbx import encode
from pbx.commands import (
    AskToAnswer,
    ChangeSpy,
    HangUp,
    Hold,
    Play,
    Reach,
    Record,
    Rejoin,
    Ring,
    SetVariable,
    Spy,
    SpyMode,
    StartRecording,
    Wait,
)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first text builds a table


def ring(**changes: str) -> Ring:
    fields = {"leg": "a-1", "device": "phone-8001", "caller_leg": "1.1", "shown_number": "138", "shown_name": "王先生"}
    return Ring(**{**fields, **changes}, seconds=15)  # type: ignore[arg-type]  # all of these are texts


@pytest.mark.parametrize("text", ["a\r\nAction: Logoff", "a\nb", "\r"])
def test_a_line_break_is_refused_when_the_command_is_built(text: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        ring(shown_name=text)
    with pytest.raises(ValueError, match="line break"):
        SetVariable("1.1", "X", text)
    with pytest.raises(ValueError, match="line break"):
        StartRecording("1.1", Path(f"/a{text}"))


def test_a_ring_is_an_originate_on_our_own_leg_that_joins_the_caller() -> None:
    action = encode.action(ring())
    assert action["ChannelId"] == "a-1"
    assert action["ActionID"] == "ring/a-1"
    assert (action["Channel"], action["Context"], action["Timeout"]) == ("PJSIP/phone-8001", "centre-agent", "15000")
    assert action["Variable"] == ["CALLERCH=1.1"]
    assert action["CallerID"] == '"王先生" <138>'


def test_a_telephone_is_asked_to_answer_by_the_event_that_telephones_know() -> None:
    action = encode.action(AskToAnswer("a-1"))
    assert action == {"Action": "PJSIPNotify", "Channel": "a-1", "Variable": "Event=talk"}


def test_a_quote_in_a_name_cannot_end_the_name() -> None:
    assert encode.action(ring(shown_name='a" <911>'))["CallerID"] == '"a\' <911>" <138>'


def test_a_comma_in_a_variable_does_not_begin_another_one() -> None:
    command = Ring("a-1", "phone-8001", "1.1", "138", "x", 15, (("NOTE", "a,CALLERCH=9.9"),))
    assert encode.action(command)["Variable"] == ["CALLERCH=1.1", "NOTE=a\\,CALLERCH=9.9"]


def test_who_is_called_out_to_brings_along_what_the_dial_plan_is_to_know_of_him() -> None:
    told = (("CALLERLANGUAGE", "en"),)
    action = encode.action(Reach("c-1", "139@trunk", "a-1", "95566", "", 45, told))
    assert action["Variable"] == ["AGENTCH=a-1", "CALLERLANGUAGE=en"]


def test_sounds_and_keys_are_quoted_for_agi() -> None:
    assert encode.play(Play("1.1", '/a b/"x"', "12"))["Command"] == 'STREAM FILE "/a b/\\"x\\"" "12"'
    command = encode.record(Record("1.1", Path("/spool/m.wav"), longest=60, silence=4))["Command"]
    assert command == 'RECORD FILE "/spool/m" wav "#*" 60000 s=4'


def test_waiting_is_a_redirect_and_hanging_up_names_its_cause() -> None:
    assert encode.action(Wait("1.1"))["Context"] == "centre-wait"
    assert encode.action(HangUp("1.1", 21))["Cause"] == "21"


def test_a_hold_moves_both_legs_in_one_action_and_rejoining_moves_the_agents() -> None:
    action = encode.action(Hold("1.1", "a-1"))
    assert (action["Channel"], action["Context"]) == ("1.1", "centre-hold")
    assert (action["ExtraChannel"], action["ExtraContext"]) == ("a-1", "centre-idle")
    assert (encode.action(Rejoin("a-1"))["Channel"], encode.action(Rejoin("a-1"))["Context"]) == ("a-1", "centre-agent")


@pytest.mark.parametrize(("mode", "options"), [("listen", "qS"), ("whisper", "qwS"), ("barge", "qBS")])
def test_a_listener_is_rung_on_our_own_leg_and_named_what_to_hear(mode: str, options: str) -> None:
    action = encode.action(Spy("s-1", "phone-9001", "a-1", SpyMode(mode), "0", "8001 138", 20))
    assert (action["ChannelId"], action["Channel"], action["Context"]) == ("s-1", "PJSIP/phone-9001", "centre-spy")
    assert action["Variable"] == ["SPYLEG=a-1", f"SPYMODE={options}"]
    assert encode.action(ChangeSpy("s-1", SpyMode(mode)))["Context"] == "centre-spy"


@PATIENT
@given(st.text(max_size=400))
def test_no_text_whatever_becomes_more_than_its_own_line(text: str) -> None:
    try:
        (line,) = encode.lines("Value", text)
    except ValueError:
        assert "\r" in text or "\n" in text or len(text.encode()) > 1000
    else:
        assert line == f"Value: {text}"
        assert len(line.encode()) <= 1022
