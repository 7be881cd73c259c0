"""Recordings that come back from a voice artist: made sound, spoiled in every way it may be."""

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray
from typer.testing import CliRunner

from app.commands.ivr import app
from core.settings import ROOT
from ivr.menus import Spoken
from ivr.prompts import delivery, voice
from ivr.prompts.delivery import Delivered
from ivr.prompts.store import PromptStore, recorded_as
from ivr.prompts.wanted import Line, lines
from tests.ivr.material import SMALL, shipped, write_menu

RATE = 48000
GOODBYE = Spoken("main.goodbye.prompt", "zh", "感谢您的来电，再见。")
Sound = NDArray[np.float64]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """The sentence in studio quality, without silence around it, its peak at half of full scale."""
    file = voice.synthesise(GOODBYE.text, "zh", tmp_path_factory.mktemp("said") / "said.wav")
    samples = soxr.resample(voice.trim(voice.read_wav(file)).astype(np.float64), voice.RATE, RATE)
    return np.asarray(samples / np.abs(samples).max() / 2)


def quiet(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE))


def take(words: Sound, before: float = 0.2, after: float = 0.2) -> Sound:
    return np.concatenate([quiet(before), words, quiet(after)])


def deliver(folder: Path, name: str, sound: Sound, rate: int = RATE) -> Delivered:
    file = folder / "sent" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, sound, rate, "PCM_24")
    (told,) = delivery.take_in(folder / "sent", [Line(GOODBYE)], folder / "prompts")
    return told


def test_good_take_is_stored_in_studio_quality_at_the_loudness_of_every_prompt(tmp_path: Path, words: Sound) -> None:
    told = deliver(tmp_path, "zh/main.goodbye.prompt.wav", take(words * 0.1))
    assert told.problems == ()
    stored, rate = soundfile.read(tmp_path / "prompts" / told.stored, dtype="int16")
    assert rate == RATE
    assert voice.loudness(stored, rate) == pytest.approx(voice.LOUDNESS, abs=0.5)
    assert told.seconds == pytest.approx(len(words) / RATE + 0.2, abs=0.05)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda words: np.clip(take(words) * 8, -1, 1), "is clipped"),
        (lambda words: take(np.clip(words, -0.2, 0.2)), "is clipped"),
        (lambda words: take(words[len(words) // 8 :], before=0), "begins in the middle of sound"),
        (lambda words: take(words, after=0), "ends in the middle of sound"),
        (lambda words: take(words[: len(words) // 5]), "its words about"),
        (lambda words: take(np.tile(words, 4)), "its words about"),
        (lambda words: quiet(3.0), "holds no sound"),
        (lambda words: np.stack([take(words), -take(words)], axis=1), "cancel each other"),
    ],
)
def test_spoiled_take_is_refused_with_its_reason(
    tmp_path: Path, words: Sound, spoil: Callable[[Sound], Sound], what: str
) -> None:
    told = deliver(tmp_path, "zh/main.goodbye.prompt.wav", spoil(words))
    assert not told.taken
    assert any(what in problem.what for problem in told.problems)
    assert all(problem.remedy for problem in told.problems)
    assert not list((tmp_path / "prompts").rglob("*.wav"))


def test_wrong_sampling_rate_is_told_by_the_header_or_by_the_length(tmp_path: Path, words: Sound) -> None:
    assert "sampled at 6000 Hz" in deliver(tmp_path, "zh/main.goodbye.prompt.wav", take(words), 6000).problems[0].what
    slow = deliver(tmp_path, "zh/main.goodbye.prompt.wav", take(words), 16000)
    assert not slow.taken
    assert any("sampling rate" in problem.remedy for problem in slow.problems)


def test_what_can_be_mended_is_mended_and_told(tmp_path: Path, words: Sound) -> None:
    stereo = np.stack([take(words, before=2.5)] * 2, axis=1)
    told = deliver(tmp_path, "zh/main.goodbye.prompt.flac", stereo)
    assert [problem.what for problem in told.problems] == [
        "has 2 channels, mixed into one", "begins with 2.5 s of silence, cut off",
    ]  # fmt: skip
    stored, _ = soundfile.read(tmp_path / "prompts" / told.stored)
    assert len(stored) / RATE == pytest.approx(len(words) / RATE + 0.2, abs=0.05)


@pytest.mark.parametrize(("spoil", "what"), [(0.02, "raised to -20"), (1.0, "")])
def test_take_that_is_very_quiet_or_off_its_zero_line_is_mended(
    tmp_path: Path, words: Sound, spoil: float, what: str
) -> None:
    told = deliver(tmp_path, "zh/main.goodbye.prompt.wav", take(words) * spoil + 0.1 * (spoil == 1.0))
    assert told.taken
    assert what in " ".join(problem.what for problem in told.problems)
    stored, _ = soundfile.read(tmp_path / "prompts" / told.stored, dtype="int16")
    assert voice.loudness(stored, RATE) == pytest.approx(voice.LOUDNESS, abs=0.5)


@pytest.mark.parametrize("content", [b"ID3 no sound at all", b"RIFF\x24\x00\x00\x00WAVEfmt "])
def test_file_that_is_no_sound_is_refused_in_words_for_people(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "sent" / "zh" / "main.goodbye.prompt.wav"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    (told,) = delivery.take_in(tmp_path / "sent", [Line(GOODBYE)], tmp_path / "prompts")
    assert told.problems[0].what.startswith("cannot be read: ")
    assert "object at" not in told.problems[0].what


def test_misspelled_name_is_told_the_nearest_one(tmp_path: Path, words: Sound) -> None:
    told = deliver(tmp_path, "zh/main.godbye.prompt.wav", take(words))
    assert told.problems[0].remedy == "perhaps it is zh/main.goodbye.prompt.wav"


def test_archive_of_chinese_windows_is_read_and_its_rubbish_is_not(tmp_path: Path, words: Sound) -> None:
    file, archive = tmp_path / "take.wav", tmp_path / "sent.zip"
    soundfile.write(file, take(words[: int(0.5 * RATE)]), RATE)
    with zipfile.ZipFile(archive, "w") as sent:
        sent.write(file, "recordings/zh/value.QZQZ.wav")
        sent.writestr("__MACOSX/zh/._value.wav", b"rubbish")
    archive.write_bytes(archive.read_bytes().replace(b"QZQZ", "一百".encode("gb18030")))
    (told,) = delivery.take_in(archive, [Line(Spoken("value.一百", "zh", "一百"))], tmp_path / "prompts")
    assert told.stored.startswith("zh/value.一百~")


def test_list_for_the_artist_names_every_sentence_once_with_its_steps() -> None:
    told = {line.file: line for line in lines([shipped()])}
    assert len(told) == len(lines([shipped()]))
    assert told["zh/main.person-key.wav"].steps[:2] == ("cards", "fraud")
    assert told["zh/value.元.wav"].steps == ("say-balance", "say-transaction")
    assert not any(line.spoken.text == "♪" for line in told.values())
    assert {line.spoken for line in told.values()} == set(shipped().all_spoken()) - {shipped().tone()}


def test_list_for_the_artist_has_what_numbers_count_and_what_a_broken_menu_says(tmp_path: Path) -> None:
    count, amount = "as: count, unit: {zh: 笔, en: transaction/transactions}", "as: amount, currency: USD"
    parts = f"[{{value: n, {count}}}, {{value: s, {amount}}}]"
    text = SMALL.replace("kind: play, prompt: {zh: 新闻, en: news}", f"kind: say, parts: {parts}")
    text = text.replace("start: main", "start: set").replace(
        "steps:\n", 'steps:\n  set: {kind: set, values: {n: "2", s: "3"}, next: main}\n'
    )
    menu = write_menu(tmp_path, text)
    wanted = {line.file: line for line in lines([menu])}
    counted = {"zh": ("笔", "美元"), "en": ("transaction", "transactions", "dollar", "dollars", "cent", "cents")}
    assert {f"{of}/value.{each}.wav" for of, said in counted.items() for each in said} <= wanted.keys()
    assert {"zh/small.phrases.trouble.wav", "en/small.phrases.trouble.wav"} <= wanted.keys()
    assert all(line.spoken.text for line in wanted.values())
    assert {line.spoken for line in wanted.values()} == set(menu.all_spoken())


def test_list_for_the_artist_has_what_callers_of_this_site_are_told_while_they_wait(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("models"))
    asked = ["prompts", "main", "--csv", "--config", str(tmp_path)]
    told = CliRunner().invoke(app, asked).stdout
    assert "zh/waiting-place-20.wav" in told
    assert "en/waiting-minutes-1.wav" in told
    assert "zh/waiting-comfort.wav" in told
    assert "waiting-way-out" not in told, "no queue has one"
    lined = (tmp_path / "queues.yaml").read_text(encoding="utf-8")
    leaving = lined.replace("every: 60}", 'every: 60}\n    way_out: {key: "1", step: call-back}', 1)
    (tmp_path / "queues.yaml").write_text(leaving, encoding="utf-8")
    ways = [row for row in CliRunner().invoke(app, asked).stdout.splitlines() if "waiting-way-out" in row]
    assert [row.split(",")[0] for row in ways] == ["waiting-way-out-1"] * 2
    silent = re.sub(r"\n    announce: .*", "", lined)
    (tmp_path / "queues.yaml").write_text(silent, encoding="utf-8")
    assert "waiting-" not in CliRunner().invoke(app, asked).stdout


async def test_running_store_takes_up_a_recording_that_comes_changes_or_goes(tmp_path: Path, words: Sound) -> None:
    store = PromptStore(tmp_path / "sounds", tmp_path / "prompts")
    of_another_version = Spoken(GOODBYE.name, "zh", "再见")
    await store.prepare([GOODBYE, of_another_version])
    synthetic, other = store.sound(GOODBYE), store.sound(of_another_version)
    assert await store.refresh() == []
    assert deliver(tmp_path, "zh/main.goodbye.prompt.wav", take(words)).taken
    assert await store.refresh() == []
    assert store.sound(of_another_version) == other
    recorded = store.sound(GOODBYE)
    assert recorded not in (None, synthetic)
    assert store.seconds(GOODBYE) == pytest.approx(len(words) / RATE, abs=0.1)
    assert store.too_long([GOODBYE]) == []
    voice.write_wav(store.recording_of(GOODBYE), voice.tone(seconds=31.0))
    await store.refresh()
    (long,) = store.too_long([GOODBYE])
    assert "lasts 31 s" in str(long)
    recorded = store.sound(GOODBYE)
    store.recording_of(GOODBYE).write_bytes(b"half a file")
    assert len(await store.refresh()) == 1
    assert store.sound(GOODBYE) == recorded
    store.recording_of(GOODBYE).unlink()
    await store.refresh()
    assert store.sound(GOODBYE) == synthetic


def test_command_reports_each_file_and_lint_measures_what_was_recorded(tmp_path: Path, words: Sound) -> None:
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("models"))
    sent = tmp_path / "sent" / "zh"
    sent.mkdir(parents=True)
    soundfile.write(sent / "main.goodbye.prompt.wav", take(words), RATE)
    soundfile.write(sent / "main.nobody.wav", take(words), RATE)
    line = CliRunner()
    run = line.invoke(app, ["record-in", str(tmp_path / "sent"), "--config", str(config)])
    assert run.exit_code == 1
    assert "refused  zh/main.nobody.wav: is no prompt's name" in run.stdout
    assert "1 of 2 files taken" in run.stdout
    (stored,) = (config / "prompts" / "zh").glob("main.goodbye.prompt~*.wav")
    voice.write_wav(stored, voice.tone(seconds=31.0))
    run = line.invoke(app, ["lint", "--config", str(config), "--json"])
    found = [each for each in json.loads(run.stdout)["findings"] if not each["waived"]]
    assert [(each["step"], each["rule"]) for each in found] == [("goodbye", "long-prompt")]


def test_shared_prompts_and_recordings_that_nothing_says_any_longer_are_named(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("models"))
    menu = tmp_path / "menus" / "main.yaml"
    text = menu.read_text(encoding="utf-8").replace("\nprompts:\n", "\nprompts:\n  old: {zh: 旧话, en: old words}\n", 1)
    menu.write_text(text, encoding="utf-8")
    (tmp_path / "menus" / "second.yaml").write_text(SMALL, encoding="utf-8")
    goodbye = recorded_as(GOODBYE)
    heard = [
        "zh/main.goodbye.prompt.wav",
        goodbye,
        "zh/waiting-place-3.wav",
        "en/fallback.wav",
        "zh/second.news.prompt.wav",
    ]
    stale = ["zh/main.gone.prompt.wav", goodbye.replace("~", "~0")]
    for name in (*heard, *stale):
        file = tmp_path / "prompts" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, quiet(0.2), RATE, "PCM_24")
    asked = ["prompts", "main", "--config", str(tmp_path)]
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert told["unsaid"] == ["old"]
    assert told["unused"] == sorted(str(tmp_path / "prompts" / name) for name in stale)
    printed = CliRunner().invoke(app, asked).stdout
    assert f"{menu}:{text[: text.index('  old:')].count(chr(10)) + 1}: prompts.old: no step says it" in printed
    assert f"{stale[0]}: no menu says these words now" in printed
