"""What a command writes where its user said."""

from pathlib import Path

from core.errors import BadInput


def write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as fault:
        raise BadInput(f"{path} cannot be written: {fault.strerror}", "name a file in a folder of yours") from None
