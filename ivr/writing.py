"""Arabic numbers in a Chinese sentence in the words they are said with: times, money, telephones, measures."""

import re

from ivr.mandarin import say_number, spell

SPELT_FROM = 8
"""Numbers of this many digits are telephone, card or order numbers: read digit by digit."""
MEASURES = (
    "[个笔位次天人名秒元角块张份项种类家条级年岁周倍期遍部件页万千亿点步套封辆台本支只座间户盒袋箱瓶杯句段轮克斤吨米]"
    "|小时|分钟|公里|美元|欧元|英镑|港元"
)
_WIDE = str.maketrans("０１２３４５６７８９：％－", "0123456789:%-")
_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])")
_MONEY = re.compile(r"(?<![\d.])(\d+)\.(\d)(\d)?0*元")
_TELEPHONE = re.compile(r"(?<![\d-])(?:0\d{2,3}-\d{5,8}|[48]00-\d{3}-\d{4}|1[3-9]\d-\d{4}-\d{4})(?![\d-])")
_DATE = re.compile(r"(?<!\d)(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?![\d/])")
_SERVICE = re.compile(rf"(?<![\d.])(?:9[56]\d{{3}}|12[13]\d\d|100(?:10|86|01|99))(?![\d.]|{MEASURES})")
_EMERGENCY = re.compile(r"(?<![\d.])1(?:10|14|19|2[02])(?=报警|急救|火警|求助|查号|电话|热线|平台)")
_AFTER_A_NAME = re.compile(
    r"((?:尾号|工号|单号|编号|卡号|账号|验证码|号码|后四位|热线|电话|拨打|拨(?=\d{3})|致电)(?:是|为|：|:)?\s*)(\d+)"
)
_PAIR = re.compile(rf"(?<![第\d.])2(?={MEASURES})")
_NUMBER = re.compile(rf"\d+(?:\.\d+)?(?=(?P<measure>{MEASURES})?)")


def in_words(text: str) -> str:
    """Every Arabic number of `text` in Chinese words; years, telephone and card numbers digit by digit."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text.translate(_WIDE))
    text = _DATE.sub(lambda found: f"{found[1]}年{int(found[2])}月{int(found[3])}日", text)
    text = _TELEPHONE.sub(lambda found: spell(found.group().replace("-", "")), text)
    text = _CLOCK.sub(lambda found: _clock(int(found[1]), int(found[2])), text)
    text = re.sub(r"(?<=[点半分年月日号%\d])\s*[-–~～—]\s*(?=\d|[零一二两三四五六七八九十]+点)", "到", text)
    text = re.sub(r"(?<![A-Za-z\d%])-(?=\d)", "负", text)
    text = re.sub(r"(?<=\d)\s*[×xX*]\s*(?=\d)", "乘", text)
    text = re.sub(r"(\d+(?:\.\d+)?)%", r"百分之\1", text)
    text = re.sub(r"\d{4}(?=年)", lambda found: spell(found.group()), text)
    text = _AFTER_A_NAME.sub(lambda found: found.group(1) + spell(found.group(2)), text)
    text = _SERVICE.sub(lambda found: spell(found.group()), text)
    text = _EMERGENCY.sub(lambda found: spell(found.group()), text)
    text = _MONEY.sub(lambda found: _money(*found.groups()), text)
    text = _PAIR.sub("两", text)
    return _NUMBER.sub(lambda found: _number(found.group(), bool(found["measure"])), text)


def _clock(hour: int, minute: int) -> str:
    """14:30 → 十四点半; 9:00 → 九点."""
    past = {0: "", 30: "半"}.get(minute, f"{'零' if minute < 10 else ''}{say_number(minute)}分")
    return f"{'两' if hour == 2 else say_number(hour)}点{past}"


def _money(yuan: str, jiao: str, fen: str | None) -> str:
    """105.50 → 105元5角; 12.05 → 12元零5分; 0.50 → 5角; 3.00 → 3元."""
    coins = f"{jiao}角" if int(jiao) else ""
    if int(fen or 0):
        coins += f"{'' if coins or not int(yuan) else '零'}{fen}分"
    return f"{yuan}元{coins}" if int(yuan) or not coins else coins


def _number(number: str, measured: bool) -> str:
    if "." in number:
        whole, _, fraction = number.partition(".")
        return say_number(int(whole)) + "点" + spell(fraction)
    if (len(number) >= SPELT_FROM and not measured) or (len(number) > 1 and number[0] == "0"):
        return spell(number)
    return say_number(int(number))
