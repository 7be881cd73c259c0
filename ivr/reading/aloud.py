"""A value in a language: its pieces in order, and every piece there may ever be."""

from types import ModuleType

from ivr.reading import english, mandarin
from ivr.reading.values import as_date, as_decimal, as_digits, as_phone, as_time

VOICES: dict[str, ModuleType] = {"zh": mandarin, "en": english}
"""A language without an entry is read in English."""


def pieces(text: str, reading: str, language: str, measure: str = "") -> tuple[str, ...] | None:
    """What is said for a variable's `text`; None when it is no such value.

    `measure`: of a count the words for one and many (`transaction/transactions`), of an amount its currency.
    """
    voice = VOICES.get(language, english)
    match reading:
        case "number" | "count" | "amount":
            number = as_decimal(text)
            if number is None:
                return None
            return tuple(voice.number(number) if reading == "number" else getattr(voice, reading)(number, measure))
        case "date":
            day = as_date(text)
            return None if day is None else tuple(voice.date(day))
        case "time":
            clock = as_time(text)
            return None if clock is None else tuple(voice.time(*clock))
        case "phone":
            phone = as_phone(text)
            return None if phone is None else tuple(voice.phone(*phone))
        case _:
            digits = as_digits(text)
            return tuple(voice.digits(digits)) if digits else None


def inventory(reading: str, language: str, measure: str = "") -> list[str]:
    """Every piece that `pieces` may give for this reading."""
    return list(dict.fromkeys(VOICES.get(language, english).inventory(reading, measure)))
