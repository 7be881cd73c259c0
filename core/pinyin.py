"""How a character sounds: toneless syllables, their blurred classes, and how far two syllables are apart."""

import json
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_OWN = {"嗯": "en", "唔": "en", "呣": "en", "欸": "ei", "诶": "ei", "噢": "o", "喔": "o", "呐": "na", "嘞": "lei"}
_DIGITS = dict(zip("0123456789", ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu"), strict=True))
# Characters of everyday speech with a second reading that a recogniser may have heard.
_SECOND = {
    "行": "hang", "还": "huan", "得": "dei", "了": "liao", "着": "zhao", "重": "chong", "长": "chang", "都": "du",
    "调": "tiao", "便": "pian", "地": "de", "觉": "jiao", "差": "chai", "乐": "yue", "谁": "shei", "咋": "zha",
    "一": "yao",
}  # fmt: skip
_CONFUSED = ({"n", "l"}, {"f", "h"}, {"l", "r"})
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")


@cache
def _table() -> dict[str, str]:
    # Read as data: importing pypinyin itself costs 0.3 s for dictionaries that are not needed here.
    spec = find_spec("pypinyin")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pypinyin")
    table: dict[str, str] = json.loads((Path(spec.origin).parent / "pinyin_dict.json").read_bytes())
    return table


@cache
def syllable(char: str) -> str:
    """The toneless syllable of one character or digit, `v` for ü; the character itself if it has none."""
    if char in _DIGITS:
        return _DIGITS[char]
    if char in _OWN:
        return _OWN[char]
    readings = _table().get(str(ord(char)), "")
    if not readings:
        return char
    parts = unicodedata.normalize("NFD", readings.split(",")[0]).replace("ü", "v")
    return "".join(part for part in parts if not unicodedata.combining(part))


@cache
def readings(char: str) -> tuple[str, ...]:
    """Every syllable a character of a pattern may be heard as."""
    second = _SECOND.get(char)
    return (syllable(char), second) if second else (syllable(char),)


@cache
def split(sound: str) -> tuple[str, str]:
    """A syllable as (initial, final); the initial may be empty."""
    for initial in _INITIALS:
        if sound.startswith(initial):
            return initial, sound[len(initial) :]
    return "", sound


@cache
def blurred(sound: str) -> str:
    """The syllable's class when zh/z, ch/c, sh/s and -ng/-n are heard alike."""
    initial, final = split(sound)
    if final.endswith(("ang", "eng", "ing")):
        final = final[:-1]
    return initial.removesuffix("h") + final if len(initial) == 2 else initial + final


@cache
def distance(one: str, other: str) -> float:
    """0 for the same class, 0.5 when only the initial differs and people confuse the two, 1 otherwise."""
    if blurred(one) == blurred(other):
        return 0.0
    first, second = split(blurred(one)), split(blurred(other))
    return 0.5 if first[1] == second[1] and {first[0], second[0]} in _CONFUSED else 1.0
