"""Chinese text for a speech synthesiser: numbers spelt as they are spoken, characters as pinyin with tone numbers."""

import re

from pypinyin import Style, lazy_pinyin

DIGITS = "零一二三四五六七八九"
SPELT_FROM = 8
"""Numbers of this many digits are telephone, card or order numbers: read digit by digit."""
_AFTER_A_NAME = re.compile(
    r"((?:尾号|工号|单号|编号|卡号|账号|验证码|号码|后四位|热线|电话|拨打|致电)(?:是|为|：|:)?\s*)(\d+)"
)
_MARKS = (("，,、；;：:", ","), ("？?", "?"), ("。．.！!\n", "."))
_SPLIT = re.compile(r"([，,、；;：:。．.？?！!\n]+)")


def say_number(number: int) -> str:
    """105 → 一百零五; whole numbers from zero up."""
    if number < 10:
        return DIGITS[number]
    for unit, name in ((10**8, "亿"), (10**4, "万")):
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return say_number(high) + name + (gap + _below_ten_thousand_first(low) if low else "")
    words = _thousands(number)
    return words[1:] if words.startswith("一十") else words


def spell(digits: str) -> str:
    return "".join(DIGITS[int(each)] for each in digits)


def numbers_in_words(text: str) -> str:
    """Every Arabic number of `text` in Chinese words; years, telephone and card numbers digit by digit."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"(\d+(?:\.\d+)?)[%％]", r"百分之\1", text)
    text = re.sub(r"\d{4}(?=年)", lambda found: spell(found.group()), text)
    text = _AFTER_A_NAME.sub(lambda found: found.group(1) + spell(found.group(2)), text)
    return re.sub(r"\d+(?:\.\d+)?", lambda found: _in_words(found.group()), text)


def pinyin(text: str) -> str:
    """Syllables with tone numbers (neutral is 5) and plain punctuation: 您好，请问 → nin2 hao3, qing3 wen4.

    Anything that is neither a Chinese character, a number nor punctuation is left out.
    """
    syllables: list[str] = []
    for part in _SPLIT.split(numbers_in_words(text)):
        mark = next((plain for marks, plain in _MARKS if part and part[0] in marks), "")
        if mark and syllables:
            syllables[-1] += mark
        elif not mark:
            characters = re.sub(r"[^\u4e00-\u9fff]", "", part)
            syllables += lazy_pinyin(characters, style=Style.TONE3, neutral_tone_with_five=True)
    return " ".join(syllables)


def _in_words(number: str) -> str:
    if "." in number:
        whole, _, fraction = number.partition(".")
        return say_number(int(whole)) + "点" + spell(fraction)
    if len(number) >= SPELT_FROM or (len(number) > 1 and number[0] == "0"):
        return spell(number)
    return say_number(int(number))


def _below_ten_thousand_first(number: int) -> str:
    # After a bigger unit 10–19 keep their 一: 一万零一十.
    return _thousands(number) if number < 10**4 else say_number(number)


def _thousands(number: int) -> str:
    words, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            words += ("零" if gap and words else "") + DIGITS[digit] + name
            gap = False
        else:
            gap = True
    return words
