"""Rules a good menu keeps, checked on the flow alone. Each has a name and can be waived in the file with a reason."""

from ivr.lint.findings import RULES, Finding, Use
from ivr.lint.rules import lint

__all__ = ["RULES", "Finding", "Use", "lint"]
