"""One-time codes of a second factor: RFC 6238 over RFC 4226, with SHA-1, six digits and steps of 30 s. Pure.

A key is 20 random bytes in base 32, as authenticator programs take it.
"""

import base64
import hmac
import re
from urllib.parse import quote

STEP = 30
DIGITS = 6
KEY_BYTES = 20
DRIFT = 1
"""Steps that a telephone's clock may be ahead or behind."""


def key_of(random: bytes) -> str:
    return base64.b32encode(random).decode()


def is_key(text: str) -> bool:
    """Whether this is base 32 of KEY_BYTES."""
    return re.fullmatch(r"[A-Z2-7]{32}", text) is not None


def code(key: str, step: int, digits: int = DIGITS) -> str:
    """The code of a step (RFC 4226, 5.3: dynamic truncation)."""
    digest = hmac.digest(base64.b32decode(key), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(key: str, typed: str, now: float, used: int) -> int | None:
    """The step that a typed code is of, None for a wrong one.

    Steps up to `used` have been used already: a code opens once.
    """
    plain = re.sub(r"[\s-]", "", typed)
    present = int(now) // STEP
    for step in range(present - DRIFT, present + DRIFT + 1):
        if step > used and hmac.compare_digest(code(key, step).encode(), plain.encode()):
            return step
    return None


def address(key: str, login: str, site: str) -> str:
    """What an authenticator program opens (`otpauth://`)."""
    return f"otpauth://totp/{quote(f'{site}:{login}')}?secret={key}&issuer={quote(site)}&digits={DIGITS}&period={STEP}"


def grouped(key: str) -> str:
    """A key as it is read out and typed in: groups of four."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
