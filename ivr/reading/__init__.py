"""Variables read aloud: numbers, amounts, dates, times and phone numbers as pieces that are prepared before any call."""

from ivr.reading.aloud import inventory, pieces

__all__ = ["inventory", "pieces"]
