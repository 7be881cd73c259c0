"""The exchange format: contract example in, same document out; bad files name line and field."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadInput
from recordings.redact import masked_document
from recordings.transcript import Speaker, document, overrun, parse, read


def contract() -> dict[str, Any]:
    return {
        "call": {
            "id": "any string", "direction": "inbound", "queue": "cards", "agent": "8001", "language": "zh",
            "call_type": "enquiry", "connected_at": "2026-03-02T09:15:00+08:00", "duration": 182.4,
            "ended_by": "customer", "ticket": {"id": "T1", "state": "open", "overdue": False},
            "identity_required": False,
        },
        "segments": [
            {"speaker": "agent", "start": 0.8, "end": 4.1, "text": "您好，八号为您服务", "confidence": 0.93},
            {"speaker": "customer", "start": 5, "end": 6.5, "text": "挂失",
             "words": [{"text": "挂失", "start": 5, "end": 6.5, "confidence": 1}]},
        ],
        "events": [
            {"type": "hold", "start": 40.0, "end": 75.5},
            {"type": "mute", "start": 80.0, "end": 84.0},
            {"type": "transfer", "at": 150.0, "mode": "blind", "target": "loans"},
        ],
    }  # fmt: skip


def test_the_contract_example_comes_back_unchanged() -> None:
    assert document(parse(json.dumps(contract()), "x")) == contract()


def test_ticket_may_be_null_or_absent_and_unknown_fields_are_ignored() -> None:
    given = contract()
    given["call"]["ticket"] = None
    assert parse(json.dumps(given), "x").call.ticket is None
    del given["call"]["ticket"]
    given["vendor"] = {"anything": 1}
    assert parse(json.dumps(given), "x").call.ticket is None


def test_that_nothing_is_known_of_a_ticket_does_not_become_that_there_is_none() -> None:
    given = contract()
    given["call"]["ticket"] = None
    none = document(parse(json.dumps(given), "x"))
    assert none["call"]["ticket"] is None
    del given["call"]["ticket"]
    unknown = document(parse(json.dumps(given), "x"))
    assert "ticket" not in unknown["call"]
    assert "ticket" not in masked_document(unknown)["call"]
    assert masked_document(none)["call"]["ticket"] is None


def test_lists_that_may_be_missing_may_be_null() -> None:
    given = contract()
    given["segments"][1]["words"], given["events"] = None, None
    transcript = parse(json.dumps(given), "x")
    assert (transcript.segments[1].words, transcript.events) == ((), ())


def test_segments_out_of_order_are_put_in_order() -> None:
    given = contract()
    given["segments"].reverse()
    transcript = parse(json.dumps(given), "x")
    assert [segment.speaker for segment in transcript.segments] == [Speaker.AGENT, Speaker.CUSTOMER]
    assert [segment.text for segment in transcript.by(Speaker.CUSTOMER)] == ["挂失"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"start": 5,', '"start": "five",', "segments.1.start"),
        ('"speaker": "customer"', '"speaker": "caller"', "segments.1.speaker"),
        ('"end": 75.5', '"end": 7.5', "ends at 7.5 before it starts at 40.0"),
        ('"duration": 182.4', '"duration": -1', "call.duration"),
        ('"duration": 182.4', '"duration": NaN', "call.duration"),
        ('"at": 150.0', '"when": 150.0', "transfer needs at"),
        ('+08:00"', '"', "call.connected_at"),
    ],
)
def test_a_bad_value_is_named_with_its_line_and_field(tmp_path: Path, old: str, new: str, said: str) -> None:
    good = json.dumps(contract(), ensure_ascii=False, indent=1)
    text = good.replace(old, new)
    file = tmp_path / "bad.transcript.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read(file)
    assert said in str(caught.value)
    line = int(str(caught.value).split(":")[1])
    changed = good.count("\n", 0, good.index(old)) + 1
    assert changed - 4 <= line <= changed


def test_a_missing_field_and_broken_json_are_said_plainly(tmp_path: Path) -> None:
    given = contract()
    del given["call"]["ended_by"]
    with pytest.raises(BadInput, match=r"x:1: call\.ended_by: is missing"):
        parse(json.dumps(given), "x")
    with pytest.raises(BadInput, match=r"x:2: not valid JSON"):
        parse('{"call":\n oops}', "x")
    with pytest.raises(BadInput, match=r"x: "):
        parse("[]", "x")
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b"{\n\xff}")
    with pytest.raises(BadInput, match=r"latin.json:2: not UTF-8"):
        read(tmp_path / "latin.json")


def test_a_number_longer_than_any_number_is_said_plainly() -> None:
    with pytest.raises(BadInput, match=r"^long.json: a number is too long: write it in fewer digits$"):
        parse('{"call": ' + "9" * 5000 + "}", "long.json")


def _faults(given: dict[str, Any]) -> list[str]:
    with pytest.raises(BadInput) as caught:
        parse(json.dumps(given, ensure_ascii=False, indent=1), "x")
    return [str(each) for each in (caught.value, *caught.value.also)]


@pytest.mark.parametrize(
    ("place", "wrong", "right"),
    [
        (("call", "ticket"), "overDue", "overdue"),
        (("call", "ticket"), "over_due", "overdue"),
        (("call", "ticket"), "overdeu", "overdue"),
        (("call",), "Ticket", "ticket"),
        (("call",), "identityRequired", "identity_required"),
        (("call",), "identity-required", "identity_required"),
        (("call",), "identity_requierd", "identity_required"),
        (("segments", 1), "Words", "words"),
        ((), "event", "events"),
        (("events", 0), "strat", "start"),
        (("segments", 0), "txt", "text"),
    ],
)
def test_a_name_that_is_a_known_one_written_otherwise_is_told_with_its_line(
    place: tuple[int | str, ...], wrong: str, right: str
) -> None:
    given = contract()
    part: Any = given
    for step in place:
        part = part[step]
    part[wrong] = part.pop(right)
    line = json.dumps(given, ensure_ascii=False, indent=1).split(f'"{wrong}"')[0].count("\n") + 1
    where = ".".join(str(step) for step in (*place, wrong))
    assert f"x:{line}: {where}: is no name known here; {right} is meant: write {right}" in _faults(given)


def test_names_of_other_systems_are_left_out_of_account_beside_the_known_ones() -> None:
    given = contract()
    given["call"] |= {"agents": ["8001"], "uid": "7", "status": "closed", "tickets": []}
    given["events"][0] |= {"code": "x", "ends": 3}
    assert document(parse(json.dumps(given), "x")) == contract()


@pytest.mark.parametrize("written", ["Hold", "HOLD", "hold "])
def test_types_of_events_are_known_in_capitals_too(written: str) -> None:
    given = contract()
    given["events"][0]["type"] = written
    assert document(parse(json.dumps(given), "x")) == contract()


def test_a_slip_in_the_type_of_an_event_is_told_and_other_types_are_kept() -> None:
    given = contract()
    given["events"] = [{"type": "Wrap-up", "at": 3.0}, {"type": "hodl", "at": 4.0}, {"type": "transfr", "at": 5.0}]
    assert [fault.split(": ", 1)[1] for fault in _faults(given)] == [
        "events.1.type: 'hodl' is no type known here; hold is meant: correct the value and try again",
        "events.2.type: 'transfr' is no type known here; transfer is meant: correct the value and try again",
    ]
    given["events"] = given["events"][:1]
    assert [event.type for event in parse(json.dumps(given), "x").events] == ["Wrap-up"]


def test_all_the_faults_of_a_transcript_are_told_at_once_in_the_order_of_their_lines() -> None:
    given = contract()
    given["call"] |= {"direction": "sideways", "connected_at": "yesterday", "Overdue": True, "ticket": 7, "agent": []}
    del given["call"]["queue"]
    given["segments"][0] |= {"speaker": "caller", "confidence": 3}
    given["segments"][1] = "挂失"
    given["events"] = {"type": "hold"}
    assert [fault.split(": ", 1)[1] for fault in _faults(given)] == [
        "call.queue: is missing: add it",
        "call.direction: \"sideways\" is none of 'inbound' or 'outbound': write one of these",
        "call.agent: a text is expected here, not []: write it in quotes",
        'call.connected_at: "yesterday" is no date and time: write it as in 2026-03-02T09:15:00+08:00',
        'call.ticket: names with values are expected here: write {"name": value}',
        "segments.0.speaker: \"caller\" is none of 'agent' or 'customer': write one of these",
        "segments.0.confidence: 3 is more than 1: correct the value and try again",
        'segments.1: names with values are expected here: write {"name": value}',
        "events: a list is expected here: write [ … ]",
    ]


def test_a_file_full_of_faults_tells_the_first_of_them_and_how_many_there_are() -> None:
    given = contract()
    given["segments"] = [{"speaker": "agent", "start": 1, "end": 2}] * 50
    told = _faults(given)
    assert (len(told), told[-1]) == (21, "x: 30 faults more: mend these first")


def test_what_ends_well_after_the_call_is_remarked_on() -> None:
    given = contract()
    assert overrun(parse(json.dumps(given), "x")) == ""
    given["call"]["duration"] = 72
    assert overrun(parse(json.dumps(given), "x")) == (
        "2 segments or events end after the call's duration of 72 s, the last at 150 s"
    )
    given["call"]["duration"] = 148
    assert overrun(parse(json.dumps(given), "x")) == ""
