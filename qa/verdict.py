"""What may be said of a row of the form."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """`review`: the machine is not sure; `manual`: only a person can say."""

    PASS = "pass"
    FAIL = "fail"
    NA = "na"
    REVIEW = "review"
    MANUAL = "manual"


def packed(verdicts: Iterable[tuple[str, str]]) -> str:
    """Rules and verdicts in one short text, such as ` A1:pass A2:fail `: rows of a form are wide, figures read many."""
    return "".join(f" {rule}:{verdict}" for rule, verdict in verdicts) + " "
