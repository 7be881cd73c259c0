"""Passwords: hashed with Argon2 off the event loop, and what makes one acceptable."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash

from core.errors import BadInput, Refused

SHORTEST = 8
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"
_hasher = PasswordHash.recommended()
_threads = ThreadPoolExecutor(2, thread_name_prefix="passwords")
"""Of their own: when a whole shift signs in at once, other work must not stand behind two hundred hashes."""
Result = TypeVar("Result")
# Unknown logins are checked against this, so that they take as long as known ones.
_DECOY = _hasher.hash(secrets.token_urlsafe(16))


def weakness(password: str, login: str) -> Refused | None:
    """Why this password is not accepted: too short, or it contains the login."""
    if len(password) < SHORTEST:
        return Refused("password_short", f"the password is too short: use at least {SHORTEST} characters")
    if login.lower() in password.lower():
        return Refused("password_login", "the password contains the login: choose another")
    return None


def one_time() -> str:
    """A password to be told to somebody: three groups without letters and digits that look alike."""
    return "-".join("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(3))


async def hashed(password: str, login: str) -> str:
    """The Argon2 hash; raises BadInput for a password that is too short or contains the login."""
    if fault := weakness(password, login):
        problem, _, remedy = fault.problem.partition(": ")
        raise BadInput(problem, remedy)
    return await _slowly(_hasher.hash, password)


async def fingerprint(secret: str) -> str:
    """The Argon2 hash of a short secret such as a telephone PIN; `matches` compares it."""
    return await _slowly(_hasher.hash, secret)


async def matches(password: str, stored: str) -> bool:
    """`stored` '' (no password set, nobody of that login) never matches, but takes as long."""
    right = await _slowly(_hasher.verify, password, stored or _DECOY)
    return right and bool(stored)


async def _slowly(work: Callable[..., Result], *values: str) -> Result:
    return await asyncio.get_running_loop().run_in_executor(_threads, work, *values)
