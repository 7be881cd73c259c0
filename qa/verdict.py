"""What may be said of a row of the form."""

from enum import StrEnum


class Verdict(StrEnum):
    """`review`: the machine is not sure; `manual`: only a person can say."""

    PASS = "pass"
    FAIL = "fail"
    NA = "na"
    REVIEW = "review"
    MANUAL = "manual"
