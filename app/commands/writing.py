"""What a command prints, and what it writes where its user said."""

import json
from pathlib import Path
from typing import Any

from core.errors import BadInput


def tell(document: Any, text: str, *, as_json: bool) -> None:
    """The document for programs, or the text for people, which may end with its own line end."""
    print(json.dumps(document, ensure_ascii=False) if as_json else text.removesuffix("\n"))


def hand_over(text: str, what: str, to: Path | None, *, as_json: bool) -> None:
    """A text of the kind `what`, such as svg: into the file that was named, else printed."""
    if to is not None:
        write(to, text)
    if to is None or as_json:
        tell({what: text} if to is None else {"file": str(to)}, text, as_json=as_json)


def spare(to: Path | None, *sources: Path) -> None:
    """Raises BadInput if what is to be written would destroy what is read."""
    for each in sources:
        if to is not None and (to.resolve() == each.resolve() or (to.exists() and each.exists() and to.samefile(each))):
            raise BadInput(f"{to} is the file that is read", "name another file to write")


def write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as fault:
        raise BadInput(f"{path} cannot be written: {fault.strerror}", "name a file in a folder of yours") from None
