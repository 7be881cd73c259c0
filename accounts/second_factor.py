"""A second factor: set up by oneself, given after the password, dropped by an administrator if it is lost."""

import secrets

from accounts import audit, service, totp
from accounts.models import Person, SessionRow
from accounts.passwords import one_time
from accounts.service import SignIn
from accounts.tokens import fingerprint
from core.database import Transaction
from core.errors import Refused

RECOVERY_CODES = 8


def new_key() -> str:
    return totp.key_of(secrets.token_bytes(totp.KEY_BYTES))


async def enrol(tx: Transaction, login: str, key: str, typed: str, now: float) -> list[str]:
    """From now on codes of `key` are asked for. Returns codes that open once each, told this one time.

    Raises Refused: second_set (an administrator drops the old one first), second_key, code_wrong.
    """
    person = await service.find(tx, login)
    if person.second_key:
        raise Refused("second_set", "a second factor is set up already: an administrator can drop it")
    if not totp.is_key(key):
        raise Refused("second_key", "this is no key: take the one that was offered")
    step = totp.step_of(key, typed, now, 0)
    if step is None:
        raise Refused("code_wrong", "the code is wrong: look whether the telephone's clock is right")
    codes = [one_time() for _ in range(RECOVERY_CODES)]
    person.second_key, person.second_step = key, step
    person.recovery = [fingerprint(each) for each in codes]
    await audit.note(tx, login, "second_factor_set", f"person:{login}")
    return codes


async def enter(tx: Transaction, token: str, typed: str, now: float) -> SignIn:
    """A code, or one of the recovery codes, for the pending session of `token`; a full session takes its place."""
    row = await tx.session.get(SessionRow, fingerprint(token))
    if row is None or not row.pending or row.expires_at <= now:
        return SignIn("", "code_late")
    person = await tx.session.get_one(Person, row.login, with_for_update=True)
    step = totp.step_of(person.second_key, typed, now, person.second_step) if person.second_key else None
    spent = fingerprint(typed.strip().lower())
    if refusal := await service.judge(tx, person, step is not None or spent in person.recovery, now):
        return SignIn("", "code_wrong" if refusal == "wrong" else refusal)
    if step is not None:
        person.second_step = step
    else:
        person.recovery = [each for each in person.recovery if each != spent]
        await audit.note(
            tx, person.login, "recovery_code_used", f"person:{person.login}", f"{len(person.recovery)} left"
        )
    await tx.session.delete(row)
    return SignIn(await service.open_session(tx, person.login, now))


async def drop(tx: Transaction, login: str, by: str) -> None:
    """The password is enough again, or a new one is set up at the next sign-in. Raises NotFound."""
    person = await service.find(tx, login)
    person.second_key, person.second_step, person.recovery = "", 0, []
    await service.end_sessions(tx, login, by=by, after_talk=by != login)
    await audit.note(tx, by, "second_factor_dropped", f"person:{login}")
