"""Variables read aloud: numbers, amounts, dates, times, phone numbers, as pieces prepared before any call."""

from ivr.reading.aloud import inventory, pieces

__all__ = ["inventory", "pieces"]
