"""Every number of a check that the form editor may show has words."""

import re
from typing import get_args

from agentdesk.words.checks import CHECKS, check_word
from qa.checks import Check


def _numbers() -> set[tuple[str, str]]:
    return {
        (get_args(kind.model_fields["check"].annotation)[0], name)
        for kind in get_args(get_args(Check)[0])
        for name, field in kind.model_fields.items()
        if re.search(r"\b(int|float)\b", str(field.annotation))
    }


def test_every_number_of_a_check_is_named_in_words() -> None:
    assert ("must_say", "seconds") in _numbers()
    assert all(check_word(check, name) for check, name in _numbers())


def test_no_words_are_left_over() -> None:
    numbers = _numbers()
    known = {f"{check}.{name}" for check, name in numbers} | {name for _, name in numbers}
    assert CHECKS.keys() <= known
