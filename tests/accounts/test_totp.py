"""One-time codes: the RFC's own examples, clocks that are a little off, and no code twice."""

import pytest

from accounts import totp

KEY = totp.key_of(b"12345678901234567890")


@pytest.mark.parametrize(
    ("at", "expected"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
     (2000000000, "69279037"), (20000000000, "65353130")],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238_appendix_b(at: int, expected: str) -> None:
    assert totp.code(KEY, at // totp.STEP, digits=8) == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, "755224"), (1, "287082"), (2, "359152"), (3, "969429"), (4, "338314"), (5, "254676"), (6, "287922"),
     (7, "162583"), (8, "399871"), (9, "520489")],
)  # fmt: skip
def test_codes_are_those_of_rfc_4226_appendix_d(step: int, expected: str) -> None:
    assert totp.code(KEY, step) == expected


@pytest.mark.parametrize(("off", "right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(off: int, right: bool) -> None:
    now = 1_000_000_005.0
    typed = totp.code(KEY, int(now + off) // totp.STEP)
    assert (totp.step_of(KEY, typed, now, 0) is not None) == right


def test_a_code_opens_once_and_blanks_in_it_do_not_matter() -> None:
    now = 1_000_000_005.0
    typed = totp.code(KEY, int(now) // totp.STEP)
    step = totp.step_of(KEY, f"{typed[:3]} {typed[3:]}", now, 0)
    assert step == int(now) // totp.STEP
    assert totp.step_of(KEY, typed, now, step) is None
    assert totp.step_of(KEY, "", now, 0) is None
    assert totp.step_of(KEY, "１２３４５６", now, 0) is None


def test_an_authenticator_program_reads_key_name_and_issuer_from_the_address() -> None:
    found = totp.address(KEY, "li.na", "安信银行")
    assert found.startswith("otpauth://totp/%E5%AE%89%E4%BF%A1%E9%93%B6%E8%A1%8C%3Ali.na?secret=GEZDGNBV")
    assert totp.grouped(KEY).split()[:2] == ["GEZD", "GNBV"]
