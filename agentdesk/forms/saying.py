"""The words of every field that a setting may have, by model and field."""

from agentdesk.forms import calling, keeping
from agentdesk.forms.say import Say

SAYINGS: dict[str, Say] = {**calling.SAYINGS, **keeping.SAYINGS}
