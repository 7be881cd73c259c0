"""Menus that hear: phrases instead of keys, asking back, falling back to keys, and what is no answer."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError
from ivr.effects import Deafen, Listen
from ivr.lint import lint
from ivr.menus import LoadedMenu
from ivr.prompts import voice
from ivr.speaking.understanding import agrees, understand
from ivr.speaking.utterances import Utterances
from recordings.sound import Samples
from tests.ivr.material import SPEAKING, Caller, write_menu

OPTIONS = {"1": ["挂失", "银行卡丢了"], "2": ["贷款"], "3": ["投诉"], "4": ["lost card"]}


@pytest.fixture
def menu(tmp_path: Path) -> LoadedMenu:
    return write_menu(tmp_path, SPEAKING)


def caller(menu: LoadedMenu) -> Caller:
    return Caller(menu, hears=frozenset({"zh"}))


def test_words_are_as_good_as_a_key_while_the_menu_is_still_speaking(menu: LoadedMenu) -> None:
    talk = caller(menu)
    assert talk.heard() == ["主菜单", "请说", "挂失按一", "贷款按二"]
    talk.speak("我要挂失")
    talk.run_out()
    assert talk.queue().queue == "lost-card"
    assert talk.path() == [("main", ""), ("lost", "1")]
    assert [type(each) for each in talk.all_of((Listen, Deafen))] == [Listen, Deafen]


def test_what_is_not_understood_while_we_speak_is_no_answer(menu: LoadedMenu) -> None:
    talk = caller(menu)
    before = len(talk.heard())
    talk.speak("今天天气真好")
    assert len(talk.heard()) == before


@pytest.mark.parametrize(("answer", "queue"), [("是的", "lost-card"), ("挂失", "lost-card"), ("贷款", "loans")])
def test_unsure_words_are_asked_back_and_the_answer_may_be_spoken(menu: LoadedMenu, answer: str, queue: str) -> None:
    talk = caller(menu)
    talk.speak("我要挂失", confidence=0.3)
    assert talk.heard()[-3:] == ["您要办理", "挂失", "是请按一"]
    talk.speak(answer, 4)
    talk.run_out()
    assert talk.queue().queue == queue


def test_answer_to_asking_back_may_be_a_key_and_no_leads_back_to_the_question(menu: LoadedMenu) -> None:
    talk = caller(menu)
    talk.speak("我卡丢呢")  # l and n are confused: likely, not sure
    talk.press("1")
    talk.run_out()
    assert talk.queue().queue == "lost-card"
    other = caller(menu)
    other.speak("我卡丢呢")
    other.press("2")
    assert other.heard()[-1] == "再说一遍"
    other.press("1")
    other.run_out()
    assert other.queue().queue == "lost-card"


def test_after_two_misses_only_keys_count(menu: LoadedMenu) -> None:
    talk = caller(menu)
    talk.wait(10)
    talk.speak("今天天气真好")
    assert talk.heard()[-1] == "再说一遍"
    talk.wait(4)
    talk.speak("我们去吃饭吧")
    assert talk.heard()[-3:] == ["请按键", "挂失按一", "贷款按二"]
    talk.speak("挂失", 4)
    assert not talk.session.over
    talk.press("1")
    talk.run_out()
    assert talk.queue().queue == "lost-card"


def test_caller_who_speaks_is_not_silent_but_a_television_does_not_keep_him(menu: LoadedMenu) -> None:
    talk = caller(menu)
    talk.wait(talk.until_timer() + 4.5)
    talk.speak("挂失", 0.4)
    talk.run_out()
    assert talk.queue().queue == "lost-card"
    noisy = caller(menu)
    for _ in range(100):
        noisy.speak("", 2)
    assert noisy.queue().queue == "general"


def test_language_that_nobody_hears_has_a_plain_menu_of_keys(menu: LoadedMenu) -> None:
    talk = Caller(menu, language="en", hears=frozenset({"zh"}))
    assert talk.heard() == ["main menu", "lost one", "loans two"]
    assert talk.all_of(Listen) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("    speak: true", "    speak: true\n    in_every_language: true", "a menu in every language hears none"),
        ("phrases: {zh: [贷款]}", "phrases: {fr: [crédit]}", "none of the file's languages"),
    ],
)
def test_menu_that_cannot_hear_is_refused_with_its_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as fault:
        write_menu(tmp_path, SPEAKING.replace(old, new))
    assert fault.value.line > 1


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("[贷款]", "[贷款, 挂四]", "sound-alike"),
        ("[贷款]", "[卡丢了, 贷款]", "sound-alike"),
        ("zh: 贷款按二", "zh: 贷款", "speak-without-key"),
        ("phrases: {zh: [贷款]}", "phrases: {zh: [贷款], en: [loans]}", "speak-without-key"),
        (", say: {zh: 贷款按二, en: loans two}", "", "speak-without-key"),
    ],
)
def test_lint_finds_what_cannot_be_told_apart_or_needs_a_voice(tmp_path: Path, old: str, new: str, rule: str) -> None:
    spoken = {"sound-alike", "speak-without-key"}
    assert not spoken & {each.rule for each in lint(write_menu(tmp_path, SPEAKING))}
    assert spoken & {each.rule for each in lint(write_menu(tmp_path, SPEAKING.replace(old, new)))} == {rule}


@pytest.mark.parametrize(
    ("said", "option", "sure"),
    [
        ("我要挂失", "1", True),
        ("瓜是", "1", True),  # homophones and zh/z, sh/s are heard alike
        ("我的银行卡丢了怎么办", "1", True),
        ("银行卡丢", "1", False),  # one syllable short of the phrase
        ("打款", "", False),
        ("投诉你们的贷款", "3", False),  # two options as like
        ("我不要挂失", "", False),
        ("没有丢", "", False),
        ("我不是要投诉", "", False),
        ("我不太想办理贷款", "", False),
        ("我不知道怎么挂失", "1", False),  # something is denied, perhaps not this: asked back
        ("我不要投诉我要贷款", "2", False),
        ("对不起我要贷款", "2", True),
        ("我能不能挂失", "1", True),
        ("每月补交贷款", "2", True),  # sounds like 没 and 不
        ("i do not have a lost card", "", False),
        ("i lost card", "4", True),
        ("costs", "", False),
        ("", "", False),
    ],
)
def test_phrases_are_found_in_noisy_words(said: str, option: str, sure: bool) -> None:
    found = understand(said, OPTIONS)
    assert (found.option, found.sure) == (option, sure)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("是", True), ("对的", True), ("嗯，是的", True), ("没错", True), ("对，就是这个", True), ("不是", False),
        ("错了", False), ("好像不是", False), ("嗯不对", False), ("是不是", None), ("失业贷款", None), ("挂失", None),
        ("对不起，我要办贷款", None), ("好像是", None), ("", None),
    ],
)  # fmt: skip
def test_yes_is_a_whole_sentence_of_it_and_a_negation_anywhere_is_none(said: str, answer: bool | None) -> None:
    assert agrees(said, "zh") is answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [("yes please", True), ("yeah that's right", True), ("yeah no", False), ("right no", False), ("right away", None)],
)
def test_yes_in_english_is_a_whole_sentence_of_it_too(said: str, answer: bool | None) -> None:
    assert agrees(said, "en") is answer


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ("好像不是", "再说一遍"),
        ("我不是说挂失", "再说一遍"),
        ("不，我要贷款", "贷款"),
    ],
)
def test_who_denies_what_we_understood_is_asked_anew(menu: LoadedMenu, answer: str, heard: str) -> None:
    talk = caller(menu)
    talk.speak("我要挂失", confidence=0.3)
    talk.speak(answer, 4)
    assert heard in talk.heard()[-3:]
    assert not talk.session.over


def test_sentences_are_cut_out_of_the_stream_where_the_caller_pauses(tmp_path: Path) -> None:
    said = voice.trim(voice.read_wav(voice.synthesise("我要挂失", "zh", tmp_path / "said.wav", "+m3")))
    quiet = np.random.default_rng(7).normal(0, 8, voice.RATE).astype(np.int16)
    stream = np.concatenate([quiet, quiet, said, quiet, quiet, said, quiet])
    ears = Utterances()
    told: list[tuple[float, Samples | None]] = []
    for at in range(0, len(stream), 2731):
        told += [((at + 2731) / voice.RATE, each) for each in ears.feed(stream[at : at + 2731])]
    assert [each is None for _, each in told] == [True, False, True, False]
    assert told[0][0] == pytest.approx(2.0, abs=0.5)
    for _, sentence in told[1::2]:
        assert sentence is not None
        assert len(said) <= len(sentence) <= len(said) + voice.RATE
