"""Numbers that must not be shown: found however they are said, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import redact
from recordings.redact import PADDING, Kind, is_card, is_identity, masked, silences
from recordings.spans import Span
from recordings.transcript import Speaker, Transcript
from tests.recordings.conftest import facts

SPOKEN = "零一二三四五六七八九"
CARD = "6222021234567894"
IDENTITY = "11010519491231002X"


def spoken(digits: str, one: str = "幺") -> str:
    letters = {"1": one, "X": "叉"} | {str(value): letter for value, letter in enumerate(SPOKEN) if value != 1}
    return "".join(letters[digit] for digit in digits)


def transcript(*said: tuple[str, float, str]) -> Transcript:
    """(speaker, start, text) with one word per character, 0.2 s each."""
    segments = [
        {
            "speaker": speaker, "start": start, "end": round(start + 0.2 * len(text), 3), "text": text,
            "words": [
                {"text": letter, "start": round(start + 0.2 * i, 3), "end": round(start + 0.2 * (i + 1), 3)}
                for i, letter in enumerate(text)
            ],
        }
        for speaker, start, text in said
    ]  # fmt: skip
    return Transcript.model_validate({"call": facts().model_dump(), "segments": segments})


def test_the_check_digits_are_the_published_ones() -> None:
    assert is_card("4111111111111111")
    assert is_card(CARD)
    assert not is_card("4111111111111112")
    assert is_identity(IDENTITY)
    assert not is_identity("110105194912310021")
    assert not is_identity("11010519491331002X")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我的手机是一三八零零一三八零零零谢谢", "我的手机是***********谢谢"),
        ("我的手机是幺三八零零幺三八零零零", "我的手机是***********"),
        ("打13800138000", "打***********"),
        ("打１３８００１３８０００", "打***********"),
        ("幺三八，零零幺三，嗯，八零零零", "***，****，嗯，****"),
        ("零幺零六五五五幺二三四", "***********"),
        (f"卡号{spoken(CARD)}", "卡号" + "*" * 16),
        (f"身份证{spoken(IDENTITY)}对吧", "身份证" + "*" * 18 + "对吧"),
        (f"身份证{IDENTITY}", "身份证" + "*" * 18),
        (f"卡号{spoken('6222021234567893')}", "卡号" + "*" * 16),  # one digit misheard: no check agrees
        ("六二二二零二幺二三四我六七八九四", "*" * 10 + "我" + "*" * 5),  # a digit heard as a word
        (
            "call one three eight zero zero one three eight zero zero zero please",
            "call *** ***** ***** **** **** *** ***** ***** **** **** **** please",
        ),
        ("One three eight, uh, oh oh one three eight oh oh oh", "*** ***** *****, uh, ** ** *** ***** ***** ** ** **"),
        ("one of them came at two and four more at nine", "one of them came at two and four more at nine"),
    ],
)
def test_a_number_is_masked_however_it_is_said(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我的手机一三吧零零幺三八零零零", "我的手机***********"),
        ("一三八零零腰三八零零零", "***********"),
        ("一三八灵另幺三八零零零", "***********"),
        ("零幺零六五舞五幺二三四", "***********"),
        (f"卡号{spoken(CARD).replace('七', '期')}", "卡号" + "*" * 16),
        (f"身份证{spoken(IDENTITY).replace('四', '司')}", "身份证" + "*" * 18),
        ("one three ate o o one three eight zero zero zero", "*** ***** *** * * *** ***** ***** **** **** ****"),
        ("138双零138000", "***********"),
        ("一三八两个零一三八三个零", "*" * 12),
        ("138 2个0 138 3个0", "*** *** *** ***"),
        (
            "one three eight double oh one three eight triple zero",
            "*** ***** ***** ****** ** *** ***** ***** ****** ****",
        ),
        ("尾号零二一六，手机一三八一七一七二二零五", "尾号零二一六，手机***********"),
    ],
)
def test_a_digit_that_was_misheard_or_said_as_several_is_one_of_the_number(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "一共三百二吧，零头三十就不收了，一起算八百一",
        "幺三八零零吧，一起四个八百块，三月八号要还五千六百七十八块九",
        "双十一办了三个一百的，两个五十的，双一流的就一个",
        "一三五七就是逾期，二四六八依旧",
        "工号一三八六，请您要拨四零零八幺二三四五六就可以",
        "one to three days, two for four, at eight to nine",
    ],
)
def test_talk_that_sounds_like_digits_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("手机是一三八零零一三八零零就", "手机是***********"),
        ("手机亿三八零零一三八零零零谢谢", "手机***********谢谢"),
        ("电话灵幺零六五五五幺二三就", "电话***********"),
        ("零幺零六五五五幺二三就", "***********"),
        ("一三八零零一三八零零就对了吧，尾号二", "***********对了吧，尾号二"),
        (f"卡号{spoken(CARD[:-1])}司对吧", "卡号" + "*" * 16 + "对吧"),
        (f"卡号流{spoken(CARD[1:])}对吧", "卡号" + "*" * 16 + "对吧"),
        (f"卡号{spoken(CARD[:9])}三{spoken(CARD[10:-1])}司", "卡号" + "*" * 16),
        (f"身份证以{spoken(IDENTITY[1:])}对吧", "身份证" + "*" * 18 + "对吧"),
        (f"身份证{spoken(IDENTITY[:-1])}尔对吧", "身份证" + "*" * 18 + "对吧"),
        ("one three eight zero zero one three eight zero zero to",
         "*** ***** ***** **** **** *** ***** ***** **** **** **"),
    ],
)  # fmt: skip
def test_a_first_or_last_digit_that_was_misheard_is_one_of_the_number(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("您要四零零八幺二三四五六就可以", "您要四零零八幺二三四五六就可以"),
        ("要一三八零零一三八零零零吧", "要***********吧"),
        (f"要{spoken(IDENTITY)}吧", "要" + "*" * 18 + "吧"),
        (f"要{spoken(CARD)}吧", "要" + "*" * 16 + "吧"),
    ],
)
def test_a_word_beside_a_whole_number_stays(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_word_long_after_a_row_of_digits_is_none_of_them() -> None:
    apart = transcript(("customer", 0.0, "幺三八零零幺三八零零"), ("customer", 30.0, "就"))
    assert redact.redact(apart)[1] == ()


def test_a_number_with_a_misheard_last_digit_is_one_secret_and_silent_to_its_end() -> None:
    _, secrets = redact.redact(transcript(("customer", 1.0, spoken(CARD[:-1]) + "司")))
    assert [(each.kind, round(each.start, 2), round(each.end, 2)) for each in secrets] == [(Kind.CARD, 1.0, 4.2)]


def test_a_number_with_a_misheard_digit_is_silent_from_its_first_digit_to_its_last() -> None:
    _, secrets = redact.redact(transcript(("customer", 1.0, "幺三吧零零幺三八双零零")))
    assert [(each.kind, round(each.start, 2), round(each.end, 2)) for each in secrets] == [(Kind.PHONE, 1.0, 3.2)]


@pytest.mark.parametrize(
    "text",
    [
        "请您稍等一下，我一一为您核实一下这两笔",
        "尾号一二三四，金额三百五十元",
        "工号八零零幺为您服务",
        "请拨打九五五八八或者四零零八幺二三四五六",
        "二零二六年三月二号，账单一万两千三百四十五块六毛七",
        "验证码是一二三四五六",
        "一笔三千六百五十二块四毛五，一笔四千六百三十三块五毛二，还有一笔六千五百四十三块二毛一",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text


@given(st.text(alphabet="零一二三四五六七八九幺您好的 138x", max_size=60))
def test_the_length_and_all_that_is_no_digit_stay(text: str) -> None:
    shown = masked(text)
    assert len(shown) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, shown, strict=True))
    assert all(new == old for old, new in zip(text, shown, strict=True) if old in "您好的")


@given(st.text(alphabet="0123456789", min_size=9, max_size=9), st.sampled_from("3456789"), st.sampled_from("一幺"))
def test_no_mobile_number_gets_through(tail: str, second: str, one: str) -> None:
    said = spoken(f"1{second}{tail}", one)
    assert masked(f"电话{said}谢谢") == "电话" + "*" * 11 + "谢谢"


def test_a_number_said_in_pieces_with_the_agent_repeating_is_found_on_both_sides_with_its_times() -> None:
    heard = transcript(
        ("customer", 1.0, "卡号六二二二零二"), ("agent", 3.0, "六二二二零二"),
        ("customer", 5.0, "幺二三四五"), ("agent", 6.5, "幺二三四五"),
        ("customer", 8.0, "六七八九四"), ("agent", 9.5, "六七八九四好的"),
    )  # fmt: skip
    clean, secrets = redact.redact(heard)
    assert [segment.text for segment in clean.segments] == [
        "卡号******", "******", "*****", "*****", "*****", "*****好的",
    ]  # fmt: skip
    assert "".join(word.text for word in clean.segments[0].words) == "卡号******"
    assert [(secret.kind, secret.speaker, round(secret.start, 2), round(secret.end, 2)) for secret in secrets] == [
        (Kind.CARD, Speaker.CUSTOMER, 1.4, 9.0), (Kind.CARD, Speaker.AGENT, 3.0, 10.5),
    ]  # fmt: skip
    assert heard.segments[0].text == "卡号六二二二零二"


def test_digits_of_two_people_or_far_apart_are_not_one_number() -> None:
    two = transcript(("customer", 0.0, "幺三八零零"), ("agent", 2.0, "幺三八零零零"))
    apart = transcript(("customer", 0.0, "幺三八零零"), ("customer", 30.0, "幺三八零零零"))
    assert redact.redact(two)[1] == redact.redact(apart)[1] == ()


def test_silences_are_in_the_time_of_the_file_and_stay_within_it() -> None:
    _, secrets = redact.redact(transcript(("customer", 1.0, "幺三八零零幺三八零零零")))
    (silent,) = silences(secrets, 0.5, 100.0)
    assert tuple(silent) == pytest.approx((0.5 - PADDING, 2.7 + PADDING))
    assert silences(secrets, 0.9, 2.0) == (Span(0.0, 2.0),)
    assert silences(secrets, 50.0, 2.0) == ()


def test_a_segment_without_words_is_masked_as_well() -> None:
    bare = Transcript.model_validate(
        {
            "call": facts().model_dump(),
            "segments": [{"speaker": "customer", "start": 0.0, "end": 4.0, "text": "电话 13800138000"}],
        }
    )
    clean, secrets = redact.redact(bare)
    assert clean.segments[0].text == "电话 ***********"
    assert [secrets[0].start, secrets[0].end] == pytest.approx([3 * 4 / 14, 4.0])
