"""Phrases are found by sound, negations hold, edges and exceptions count."""

import pytest

from qa.match import Phrases, find
from qa.pattern import Node, PatternError, compile_pattern
from qa.talk import Talk
from tests.qa.calls import call

WORDS = {"我": ["我", "我们"]}


def _found(text: str, *say: str, excepted: tuple[str, ...] = (), spelled: int = 0, negation: bool = True) -> list[str]:
    made = tuple(compile_pattern(source, WORDS) for source in say)
    taken_back = tuple(compile_pattern(source, WORDS) for source in excepted)
    phrases = Phrases("test", made, taken_back, negation=negation, spelled=spelled)
    return [hit.text for hit in find(Talk(call({"agent": text})).agent, phrases)]


def test_patterns_of_a_pack_share_its_word_lists_and_equal_tokens() -> None:
    lists: dict[str, Node] = {}
    first, second = (compile_pattern(source, WORDS, lists).node.parts for source in ("{我}管", "{我}不管"))
    assert first[0] is second[0]
    assert first[-1] is second[-1]


def test_homophones_are_the_same_phrase() -> None:
    assert _found("这个部归我馆的", "不归{我}管") == ["部归我馆"]


def test_a_child_is_said_and_what_only_colours_a_word_is_not() -> None:
    assert _found("女士您贵姓", "女儿~贵姓") == []
    assert _found("您女儿贵姓", "女儿~贵姓") == ["女儿贵姓"]
    assert _found("您哪会儿来", "哪会来", "哪会儿来") == ["哪会来"]


def test_a_negated_phrase_is_not_the_phrase() -> None:
    assert _found("这不归我管", "归我管") == []
    assert _found("您不要着急", "着急") == []


def test_a_question_with_the_negation_inside_is_the_phrase() -> None:
    assert _found("您急不急", "急") == ["急", "急"]


def test_the_approximate_search_forgives_a_syllable_but_never_a_negation() -> None:
    assert _found("我给您转接到贷款中心", "转接到信用卡专线") == []
    assert _found("请问有什么可以帮铝", "请问有什么可以帮你") == ["请问有什么可以帮铝"]
    assert _found("请问您没有别的问题了吗", "请问您还有别的问题了吗") == []


def test_a_phrase_may_run_over_two_segments_of_one_speaker() -> None:
    talk = Talk(call({"agent": "这个不归"}, {"agent": "我们管"}))
    found = find(talk.agent, Phrases("test", (compile_pattern("不归{我}管", WORDS),)))
    assert [hit.text for hit in found] == ["不归我们管"]


def test_a_phrase_does_not_run_over_the_other_side() -> None:
    talk = Talk(call({"agent": "这个不归"}, {"customer": "什么"}, {"agent": "我们管"}))
    assert find(talk.agent, Phrases("test", (compile_pattern("不归{我}管", WORDS),))) == []


def test_what_was_said_is_shown_with_blanks_between_latin_words_only() -> None:
    assert _found("That's NOT my department", "that's not my department", negation=False) == [
        "That's NOT my department"
    ]
    assert _found("请登录app看", "登录app看") == ["登录app看"]
    assert _found("call 95566 now", "call 95566 now") == ["call 95566 now"]


def test_edges_of_an_utterance_are_kept() -> None:
    assert _found("讲", "<讲>") == ["讲"]
    assert _found("请讲", "<讲>") == []


def test_an_exception_takes_back_the_hit_it_touches() -> None:
    assert _found("我不清楚", "不清楚", excepted=("不清楚您的",)) == ["不清楚"]
    assert _found("我不清楚您的意思", "不清楚", excepted=("不清楚您的",)) == []


def test_short_hits_may_be_asked_to_be_written_so() -> None:
    assert _found("午之前", "无知", spelled=2) == []
    assert _found("真无知", "无知", spelled=2) == ["无知"]


def test_numerals_sound_as_they_are_read() -> None:
    assert _found("工号8001为您服务", "工号八零零一") == ["工号8001"]


def test_hits_carry_the_time_of_their_first_character() -> None:
    talk = Talk(call({"agent": {"text": "一二三四不归我管", "pace": 1.0}}))
    hit = find(talk.agent, Phrases("test", (compile_pattern("不归我管", WORDS),)))[0]
    assert hit.at == pytest.approx(0.8 + 4.0, abs=0.01)


@pytest.mark.parametrize("source", ["(一|二", "一)", "?", "{谁}", "一=二", "a§b", "~", "!一"])
def test_a_phrase_that_cannot_be_read_is_refused(source: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(source, WORDS)


def test_two_things_are_found_in_any_order_and_not_too_far_apart() -> None:
    wait = "(麻烦|劳驾) & (稍等|别挂)"
    assert _found("劳驾您电话先别挂", wait) == ["劳驾您电话先别挂"]
    assert _found("您别挂啊麻烦了", wait) == ["别挂啊麻烦"]
    assert _found("麻烦您把身份证号码和预留的手机号都报一下稍等", wait) == []
    with pytest.raises(PatternError, match="each side of '&'"):
        compile_pattern("麻烦 & 啊?", WORDS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("您重新讲一遍", True),
        ("重新讲一遍", True),
        ("我重新讲一遍", False),
        ("我再给您重新讲一遍", False),
        ("您不用重新讲", False),
        ("我没听见，重新讲", True),
    ],
)
def test_what_the_speaker_does_himself_is_not_told_to_the_other_side(text: str, told: bool) -> None:
    assert bool(_found(text, "@重新讲")) is told


@pytest.mark.parametrize(("text", "told"), [("这点我先跟您讲明白", False), ("那您讲明白再说", True)])
def test_the_other_side_behind_a_preposition_is_not_the_subject(text: str, told: bool) -> None:
    assert bool(_found(text, "@您讲明白")) is told


def test_a_phrase_of_one_sentence_does_not_run_into_the_next() -> None:
    found = [
        find(Talk(call({"agent": text})).agent, Phrases("test", (compile_pattern("我不会那", {}),), one_sentence=True))
        for text in ("这个我不会那样说", "这个我不会。那您看呢", "这个我不会，那样说")
    ]
    assert [bool(hits) for hits in found] == [True, False, True]


def test_a_breath_is_no_edge_but_the_end_of_a_turn_is() -> None:
    breathless = "系统里暂时没有我这边还要问一下收款行这个要好一会我不想让您一直举着电话等我的消息还要问"
    assert len(_found(breathless, "还要问>")) == 1
