"""What the typing library finds wrong with a file, in words of those who write it: what, and how to mend it. Pure."""

from pydantic_core import ErrorDetails

from core import shapes

MAPPINGS = ("model_type", "model_attributes_type", "dict_type", "dataclass_type")
LISTS = ("list_type", "tuple_type", "set_type", "frozen_set_type")
MEND = "correct the value and start again"
WIDE_COLON = "："


def told(fault: ErrorDetails, meant: str = "") -> tuple[str, str]:
    """Problem and remedy; the library's own words where they are plain. `meant`: a known name like the unknown one."""
    given, more = fault["input"], fault.get("ctx", {})
    match fault["type"]:
        case "missing":
            return fault["msg"], "add it"
        case "extra_forbidden" if (name := str(fault["loc"][-1])).count(WIDE_COLON):
            return wide_colon(name.partition(WIDE_COLON)[0])
        case "extra_forbidden":
            return fault["msg"], f"perhaps {meant!r}, else remove it" if meant else "correct its name, or remove it"
        case "union_tag_not_found" if wide := [str(each) for each in given if WIDE_COLON in str(each)]:
            return wide_colon(wide[0].partition(WIDE_COLON)[0])
        case "union_tag_not_found":
            return f"no {more['discriminator']} is given", "add it"
        case "union_tag_invalid":
            return f"there is no {_bare(more['discriminator'])} {more['tag']!r}", f"use one of {more['expected_tags']}"
        case kind if kind in (*MAPPINGS, "string_type") and given is None:
            # In braces a comma ends words: what comes after it passes for a name.
            torn = any(" " in str(name) for name in fault["loc"][-1:])
            return (
                "there is nothing here",
                "put words with commas in quotes" if torn else "write it, or remove its name",
            )
        case kind if kind in MAPPINGS:
            return "names with values are expected here", "write them as name: value"
        case kind if kind in LISTS:
            return "a list is expected here", f"write a list: [{given}]" if isinstance(given, str) else "write a list"
        case "string_type":
            return "a text is expected here", "write it in quotes"
        case "too_short":
            return f"at least {more['min_length']} of these are needed", "add what is missing"
        case _:
            return shapes.told(fault).removeprefix("Value error, "), MEND


def wide_colon(name: str) -> tuple[str, str]:
    """Of a text that came from a word processor; the same for `name：value`."""
    return f"： stands after {name} where : should", "write : and a space"


def _bare(discriminator: str) -> str:
    return discriminator.strip("'")
