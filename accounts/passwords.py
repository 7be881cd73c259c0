"""Passwords: hashed with Argon2 off the event loop, and what makes one acceptable."""

import asyncio
import secrets

from pwdlib import PasswordHash

from core.errors import BadInput

SHORTEST = 8
_hasher = PasswordHash.recommended()
# Unknown logins are checked against this, so that they take as long as known ones.
_DECOY = _hasher.hash(secrets.token_urlsafe(16))


async def hashed(password: str, login: str) -> str:
    """The Argon2 hash; raises BadInput for a password that is too short or contains the login."""
    if len(password) < SHORTEST:
        raise BadInput("the password is too short", f"use at least {SHORTEST} characters")
    if login.lower() in password.lower():
        raise BadInput("the password contains the login", "choose another")
    return await asyncio.to_thread(_hasher.hash, password)


async def fingerprint(secret: str) -> str:
    """The Argon2 hash of a short secret such as a telephone PIN; `matches` compares it."""
    return await asyncio.to_thread(_hasher.hash, secret)


async def matches(password: str, stored: str) -> bool:
    """`stored` '' (no password set, nobody of that login) never matches, but takes as long."""
    right = await asyncio.to_thread(_hasher.verify, password, stored or _DECOY)
    return right and bool(stored)
