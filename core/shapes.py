"""What a text has to look like, in words: the typing library tells only its pattern. Pure."""

from pydantic_core import ErrorDetails

SHAPES = {
    r"^[a-z][a-z0-9-]*$": "write small letters a to z, digits and -, a letter first",
    r"^[a-z][a-z0-9_-]*$": "write small letters a to z, digits, - and _, a letter first",
    r"^[a-z][a-z0-9-]{0,39}$": "write at most 40 small letters a to z, digits and -, a letter first",
    r"^[a-z][a-z0-9._-]{1,63}$": "write 2 to 64 small letters a to z, digits, dots, - and _, a letter first",
    r"^[0-9*#]$": "write one of the keys 0 to 9, * and #, half-width",
    r"^[0-9*#]{1,32}$": "write keys 0 to 9, * and #, half-width, 32 at most",
    r"^[0-9]{3,20}$": "write 3 to 20 digits",
    r"^\+[0-9]{1,15}$": "write + and 1 to 15 digits",
    r"^\+?[0-9]{3,20}$": "write 3 to 20 digits, + before a country's",
    r"^([1-9][0-9]{2,7})?$": "write 3 to 8 digits, the first no 0",
    r"^[0-9]+$": "write digits only",
    r"^[0-9]*$": "write digits only",
    r"^[0-9]{4}$": "write four digits",
    r"^[A-Z]{2}$": "write two capital letters, such as CN",
    r"^[^\x00-\x1f\x7f]*$": "write it on one line",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": "write a time such as 09:30",
    r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)?$": "write a time such as 09:30",
    r"^[0-9]{1,2}:[0-9]{2}$": "write a time such as 09:30",
    r"^[A-Za-z0-9.-]+(:[0-9]{1,5})?$": "write an address such as carrier:5060",
    r"^[^@\s<>,;]+@[^@\s<>,;]+$": "write an e-mail address",
}
"""By the pattern that a model has."""


def told(fault: ErrorDetails) -> str:
    """What the library says, and of a pattern known here what to write instead."""
    return SHAPES.get(str(fault.get("ctx", {}).get("pattern", "")), fault["msg"])
