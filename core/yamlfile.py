"""YAML configuration read into typed models; every fault names its file and line."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from core.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """The file's content as `model`; raises ConfigError with the line and what to do."""
    return _validated(parse(path), path, model)


def loads(text: str, path: Path, model: type[Model]) -> Model:
    """The same for a text that is not in a file; `path` is what messages call it."""
    return _validated(parse_text(text, path), path, model)


def _validated(tree: Any, path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(tree)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            path,
            line_of(tree, first["loc"]),
            f"{place}: {first['msg']}" if place else first["msg"],
            "correct the value and start again",
        ) from None


def parse(path: Path) -> Any:
    """The file as ruamel's tree, whose mappings and sequences know their lines (`.lc`)."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(path, 0, "the file is missing", "restore it from the shipped config/") from None
    except UnicodeDecodeError as fault:
        line = path.read_bytes()[: fault.start].count(b"\n") + 1
        raise ConfigError(path, line, "not UTF-8", "save the file in UTF-8") from None
    except OSError as fault:
        raise ConfigError(path, 0, f"cannot be read: {fault.strerror}", "check its path and rights") from None
    return parse_text(text, path)


def parse_text(text: str, path: Path) -> Any:
    """The same tree of a text; `path` is what messages call it."""
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = mark.line + 1 if mark else 0
        problem = str(fault.problem or fault.context).partition(" with value ")[
            0
        ]  # of a key written twice: both contents
        raise ConfigError(path, line, f"not valid YAML: {problem}", "check indentation and quotes") from None
    except YAMLError as fault:
        problem = " ".join(str(fault).split())
        raise ConfigError(path, 0, f"not valid YAML: {problem}", "check indentation and quotes") from None


def line_of(tree: Any, place: tuple[int | str, ...]) -> int:
    """The 1-based line of the deepest part of `place` that exists in `tree`."""
    line = tree.lc.line + 1 if hasattr(tree, "lc") else 1
    node: Any = tree
    for part in place:
        places = node.lc.data if hasattr(node, "lc") else None
        if not places or part not in places:
            continue  # pydantic names union members in `loc`; they are no places in the file
        line = places[part][0] + 1
        node = node[part]
    return int(line)
