"""Which rings a browser's telephone still owes an answer."""

import pytest

from agentdesk.softphone.unanswered import Unanswered

HEAD = "SIP/2.0\r\nTo: <sip:a@browser.invalid>\r\nCall-ID: x1\r\n"
INVITE = f"INVITE sip:a@browser.invalid {HEAD}CSeq: 7 INVITE\r\n\r\nv=0\r\n"
CANCEL = f"CANCEL sip:a@browser.invalid {HEAD}CSeq: 7 CANCEL\r\n\r\n"


def answer(status: str, call: str = "x1", about: str = "7 INVITE") -> str:
    return f"SIP/2.0 {status}\r\nTo: <sip:a@browser.invalid>;tag=t\r\nCall-ID: {call}\r\nCSeq: {about}\r\n\r\n"


@pytest.mark.parametrize("said", [answer("100 Trying"), answer("180 Ringing"), answer("200 OK", call="x2"),
                                  answer("200 OK", about="8 BYE"), "\r\n\r\n"])  # fmt: skip
def test_a_ring_is_owed_an_answer_while_it_only_rings(said: str) -> None:
    line = Unanswered()
    line.asked(INVITE)
    line.answered(said)
    assert line.rings == [INVITE]


@pytest.mark.parametrize("said", [answer("200 OK"), answer("486 Busy Here"), answer("603 Decline")])
def test_a_ring_that_was_taken_or_refused_is_over(said: str) -> None:
    line = Unanswered()
    line.asked(INVITE)
    line.answered(said)
    assert line.rings == []


def test_a_ring_that_the_caller_gave_up_is_over() -> None:
    line = Unanswered()
    line.asked(INVITE)
    line.asked(CANCEL)
    assert line.rings == []


def test_what_changes_in_a_talk_is_no_ring() -> None:
    line = Unanswered()
    line.asked(INVITE.replace("To: <sip:a@browser.invalid>", "To: <sip:a@browser.invalid>;tag=t"))
    line.asked(INVITE.replace("INVITE ", "OPTIONS ", 1))
    assert line.rings == []
