"""Random tokens of sessions and programs: how they are made and what of them is stored."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, safe in cookies and headers."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """What is stored of a token: its SHA-256 in hexadecimal (a random token needs no slow hash)."""
    return hashlib.sha256(token.encode()).hexdigest()
