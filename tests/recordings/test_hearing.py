"""Voice activity, recognisers used again, segments: on synthetic speech whose text and times are known."""

import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.errors import BadInput, ConfigError
from recordings.sound import AGENT, CUSTOMER, RATE, Unusable, read
from recordings.spans import Span
from recordings.speech import languages
from recordings.speech.activity import active, loudness
from recordings.speech.analysis import transcribe
from recordings.speech.measures import tidy
from recordings.speech.recognise import NoEngine, Recognizer, VoskRecognizer, hear
from recordings.speech.segments import join, segments
from recordings.transcript import CallEvent, Speaker, Word
from tests.recordings.conftest import CONFIG, ENGINES, facts
from tests.speech import Turn, call, character_errors

TALK = [
    Turn("customer", "你好，我想查一下信用卡账单。"),
    Turn("agent", "好的，请问您的卡号后四位是多少？"),
    Turn("customer", "七七八九。", 2.0),
    Turn("customer", "谢谢。", 2.0),
]


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    found = ENGINES.of("zh-CN")
    assert found is not None
    return found


def test_activity_finds_the_edges_of_talk_and_silence_has_none() -> None:
    sound, spoken = call(TALK)
    found = tidy(active(sound[:, CUSTOMER]))
    said = [one for one in spoken if one.speaker == "customer"]
    assert len(found) == len(said)
    for heard, one in zip(found, said, strict=True):
        assert heard.start == pytest.approx(one.start, abs=0.1)
        assert heard.end == pytest.approx(one.end, abs=0.15)
    assert active(np.zeros(RATE, dtype=np.int16)) == ()
    assert active(np.random.default_rng(1).normal(0, 12, RATE * 3).astype(np.int16)) == ()
    assert active(np.zeros(10, dtype=np.int16)) == ()


def test_loudness_is_in_decibels_below_full_scale() -> None:
    wave = (16384 * np.sin(np.arange(RATE) / 5)).astype(np.int16)
    assert loudness(wave, (Span(0, 1),)) == pytest.approx(-9.0, abs=0.1)
    assert loudness(wave, ()) is None


def test_a_recogniser_used_again_gives_the_same_words_at_the_same_times(recognizer: Recognizer) -> None:
    sound, spoken = call(TALK)
    channel = sound[:, CUSTOMER]
    first = hear(recognizer, channel, tidy(active(channel)))
    again = hear(recognizer, channel, tidy(active(channel)))
    assert [word.text for word in first] == [word.text for word in again]
    assert [word.start for word in again] == pytest.approx([word.start for word in first], abs=0.011)
    assert first[0].start == pytest.approx(spoken[0].start, abs=0.1)
    assert character_errors("你好我想查一下信用卡账单七七八九谢谢", join([word.text for word in first])) <= 1


def test_threads_share_a_model_without_mixing_their_calls(recognizer: Recognizer) -> None:
    sound, _ = call(TALK)
    found: dict[int, str] = {}

    def work(channel: int) -> None:
        samples = sound[:, channel]
        found[channel] = join([word.text for word in hear(recognizer, samples, tidy(active(samples)))])

    threads = [threading.Thread(target=work, args=(channel,)) for channel in (CUSTOMER, AGENT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[AGENT] == "好的请问您的卡号后四位是多少"
    assert "七七八九" in found[CUSTOMER]


def test_what_is_heard_on_hold_is_not_the_agent(tmp_path: Path) -> None:
    sound, spoken = call(TALK)
    file = tmp_path / "call.wav"
    soundfile.write(file, sound, RATE)
    asked = spoken[1]
    hold = CallEvent(type="hold", start=asked.start + 9.8, end=asked.end + 10.2)
    analysis = transcribe(file, facts(), ENGINES, events=[hold], offset=10.0)
    assert analysis.transcript is not None
    assert analysis.transcript.by(Speaker.AGENT) == ()
    assert analysis.measures.agent.talk == 0
    assert analysis.transcript.segments[0].start == pytest.approx(spoken[0].start + 10, abs=0.1)


def test_wide_band_sound_is_understood_as_well(tmp_path: Path) -> None:
    sound, _ = call(TALK[:2])
    file = tmp_path / "wide.flac"
    soundfile.write(file, np.repeat(sound, 2, axis=0), 2 * RATE)
    samples = read(file)
    assert len(samples) == pytest.approx(len(sound), abs=4)
    analysis = transcribe(file, facts(), ENGINES)
    assert analysis.transcript is not None
    assert analysis.transcript.by(Speaker.AGENT)[0].text == "好的请问您的卡号后四位是多少"


def test_words_become_segments_at_pauses_without_blanks_between_han_characters() -> None:
    words = [
        Word(text="您好", start=1, end=1.5, confidence=1.0),
        Word(text="请问", start=1.6, end=2, confidence=0.5),
        Word(text="再见", start=3, end=3.5),
    ]
    found = segments(words, Speaker.AGENT, offset=0.5)
    assert [(one.text, one.start, one.end, one.confidence) for one in found] == [
        ("您好请问", 1.5, 2.5, 0.75), ("再见", 3.5, 4.0, None),
    ]  # fmt: skip
    assert join(["good", "morning", "您好", "vip", "2"]) == "good morning您好vip 2"


def test_files_that_hold_no_call_are_refused_with_the_reason(tmp_path: Path) -> None:
    mono, text, empty = tmp_path / "mono.wav", tmp_path / "text.wav", tmp_path / "empty.wav"
    soundfile.write(mono, np.zeros(100, dtype=np.int16), RATE)
    soundfile.write(empty, np.zeros((0, 2), dtype=np.int16), RATE)
    text.write_text("hello")
    for file, said in ((mono, "1 channel"), (text, "not a readable"), (empty, "no sound"), (tmp_path / "x", "no such")):
        with pytest.raises(Unusable, match=said):
            read(file)


@pytest.mark.parametrize("written", ["zh", "ZH", "zh-CN", "zh_CN", "ZH-cn"])
def test_the_model_of_a_language_hears_it_however_its_tag_is_written(written: str) -> None:
    assert languages.load(CONFIG).of(written) is not None


def test_the_model_of_a_region_comes_before_that_of_its_language() -> None:
    region, any_ = (languages.SpeechModel(path=Path(name)) for name in ("region", "any"))
    models = languages.SpeechModels(models={"en": any_, "en-US": region})
    assert [models.of(each) for each in ("en-US", "en_GB", "EN", "fr-FR")] == [region, any_, any_, None]


def test_a_model_that_is_missing_or_none_is_named_with_its_line(tmp_path: Path) -> None:
    assert ENGINES.of("en") is None
    with pytest.raises(NoEngine, match="no Vosk model directory"):
        VoskRecognizer(tmp_path, rate=RATE)
    config = tmp_path / "models.yaml"
    config.write_text("# models\nmodels:\n  zh:\n    rate: 8000\n    path: models/none\n")
    with pytest.raises(ConfigError, match=r"models.yaml:5: the model of zh is not at"):
        languages.load(tmp_path)
    config.write_text("models:\n  zh:\n    path: x\n    rate: 80\n")
    with pytest.raises(BadInput, match=r"models.yaml:4"):
        languages.load(tmp_path)
    assert languages.load(CONFIG).of("zh") is not None
