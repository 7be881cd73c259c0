"""How the words of a form's field are written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Say:
    """A field's title, help and unit in English, and the words of its `options`.

    `names`: what kind of thing its values name (a queue, a schedule, a skill), `keys` its keys; `key_title` is what
    keys are called. `kind` where the schema does not tell it.
    """

    title: str
    help: str = ""
    unit: str = ""
    names: str = ""
    keys: str = ""
    key_title: str = ""
    kind: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
