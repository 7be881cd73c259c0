"""Faults of a menu's file in the reader's language: the sentences that `ivr` writes, with what stands in them."""

import re
from collections.abc import Callable
from functools import cache

from agentdesk.menuwords import N_

SENTENCES = (
    # a file that cannot be read
    N_("not valid YAML: %(a)s"),
    N_("check indentation and quotes"),
    N_("correct the value and start again"),
    N_("Field required"),
    N_("Extra inputs are not permitted"),
    N_("Input tag %(a)s found using 'kind' does not match any of the expected tags: %(b)s"),
    N_("Input should be greater than or equal to %(a)s"),
    N_("Input should be less than or equal to %(a)s"),
    N_("Input should be a valid number"),
    N_("Input should be a valid string"),
    N_("Input should be a valid dictionary"),
    # names that lead nowhere
    N_("there is no step %(a)s"),
    N_("steps are: %(a)s"),
    N_("step %(a)s is no queue"),
    N_("name a step of kind queue"),
    N_("a shared prompt holds words by language"),
    N_("there is no prompt %(a)s"),
    N_("add it under prompts, or write the words by language {zh: …, en: …}"),
    N_("no words in %(a)s"),
    N_("every prompt is said in every language of the file"),
    N_("%(a)s is none of the file's languages"),
    N_("they are %(a)s"),
    N_("there is no schedule %(a)s"),
    N_("there is no queue %(a)s"),
    N_("hours.yaml has: %(a)s"),
    N_("queues.yaml has: %(a)s"),
    N_("%(a)s is no allowed outside number"),
    N_("`outside` of this file has: %(a)s"),
    N_("%(a)s is a secret"),
    N_("a secret may stand in the body of a lookup, nowhere else"),
    N_("nothing sets %(a)s"),
    N_("known are: %(a)s"),
    N_("%(a)s is not to be changed"),
    N_("choose another name"),
    # rules broken
    N_("no way leads here: remove it or lead to it"),
    N_("leads back to itself without asking the caller"),
    N_("a silent caller comes back here for ever: lead him to a person"),
    N_("add `refused:` so that a refused caller can leave a message"),
    N_("level %(a)s, at most %(b)s"),
    N_("from here a person is never reached"),
    N_("from here a person is reached only after many keys"),
    N_("who is not taken (%(a)s) is only hung up on: offer a message"),
    N_("who presses nothing is hung up on: lead him to a person"),
    N_("callers come here without a sub step: there is nowhere to return to"),
    N_("write `schedule:` as other queues do; `always` where somebody is"),
    N_("about %(a)s s of speech before the first option, at most %(b)s"),
    N_("about %(a)s s until the last option is read out, at most %(b)s"),
    N_("%(a)s of key %(b)s is like a phrase of another key"),
    N_("key %(a)s can be spoken but is never read out"),
    N_("there is no rule %(a)s"),
    N_("there is no such step"),
    N_("nothing breaks %(a)s here: remove the waiver"),
    N_("the prompt asks for a secret: write `secret: true`"),
    N_("%(a)s: about %(b)s s, at most %(c)s"),
    N_("%(a)s says %(b)s: leave it out of the main menu"),
    N_("%(a)s options, at most %(b)s"),
    N_("key %(a)s is never read out"),
    N_("retries: 0 forgives neither silence nor a wrong key"),
    N_("%(a)s retries in the same words: add other ones under `retry`"),
    # trying out
    N_("%(a)s is no key"),
    N_("keys are %(a)s"),
    N_("%(a)s is no moment"),
    N_("write for example %(a)s"),
)


def fault_words(text: str, translate: Callable[[str], str]) -> str:
    """The sentence in the language of `translate`; one that is not known here stays as it is."""
    for sentence in SENTENCES:
        if found := _pattern(sentence).fullmatch(text):
            return translate(sentence) % found.groupdict() if found.groupdict() else translate(sentence)
    return text


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w)\)s", sentence)
    return re.compile("".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.S)
