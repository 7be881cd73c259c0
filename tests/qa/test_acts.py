"""Acts: what a turn must read like for a phrase in it to be meant; learnt from judged lines, applied to hits."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.qa import app
from core import yamlfile
from core.errors import ConfigError
from qa import acts, dialogue, learning, pack, weigh
from qa.case import Case
from qa.dialogue import Dialogue
from qa.pack import Ruleset
from qa.talk import Talk
from recordings.transcript import Speaker
from tests.qa.calls import BYE, HELLO, HERE, PACKS, call

FEES = "agent\tyes\tfee_notice\t每笔收两块手续费\nagent\tno\tfee_notice\t您上次的手续费已经退了\n"


def _hits(rules: Ruleset, text: str, weights: dict[float, list[str]], alone: float | None = None) -> int:
    """Of `fee_notice` in a turn of the agent's, where what it reads like is told by these weights."""
    act = weigh.Act(Speaker.AGENT, weigh.ready(0.0, weights), -1.0, alone)
    told = replace(rules, phrases={**rules.phrases, "fee_notice": replace(rules.phrases["fee_notice"], act=act)})
    return len(Case(Talk(call(HELLO, {"agent": text}, BYE)), told).hits(Speaker.AGENT, "fee_notice"))


def test_a_phrase_in_a_turn_that_reads_otherwise_is_not_meant(bank: Ruleset) -> None:
    assert _hits(bank, "这笔要收两块手续费", {}) == 1
    assert _hits(bank, "上次的手续费退了", {-2.0: ["退了"]}) == 0
    assert _hits(bank, "上次的手续费退了", {-2.0: ["退了"], 1.5: ["手续"]}) == 1


def test_in_a_long_turn_the_sentence_of_the_phrase_may_speak_for_itself(bank: Ruleset) -> None:
    long = "您上次反映的那一笔昨天已经退了您可以在手机上看得到。这一笔要收两块手续费。"
    assert _hits(bank, long, {-2.0: ["退了"]}) == 1


def test_a_turn_without_a_phrase_that_reads_like_one_does_it_too_where_such_turns_are_read(bank: Ruleset) -> None:
    words = {1.5: ["掏", "腰包"]}
    assert _hits(bank, "这回得您自己掏腰包", words, alone=2.0) == 1
    assert _hits(bank, "这回得您自己掏腰包", words, alone=3.5) == 0
    assert _hits(bank, "这回得您自己掏腰包", words) == 0
    assert _hits(bank, "这笔要收两块手续费您掏腰包", words, alone=2.0) == 1


def test_what_customers_were_judged_on_is_not_read_into_the_agents_words(bank: Ruleset) -> None:
    act = weigh.Act(Speaker.CUSTOMER, weigh.ready(3.0, {}), -1.0, 2.0)
    rules = replace(bank, phrases={"surrender": replace(bank.phrases["surrender"], act=act)})
    case = Case(Talk(call({"agent": "在的"}, {"customer": "在的"})), rules)
    assert [len(case.hits(speaker, "surrender")) for speaker in (Speaker.AGENT, Speaker.CUSTOMER)] == [0, 1]


def test_dialogues_teach_what_their_phrases_say_and_lines_what_people_say(bank: Ruleset) -> None:
    plain = learning.unweighed(bank)
    lines = [HELLO, {"customer": "收费吗"}, {"agent": "每笔收两块手续费"}, {"customer": "好"}, BYE]
    turns = list(acts.heard(Dialogue.model_validate({"id": "x", "lines": lines}), plain))
    said = {"".join(turn.words): turn.found for turn in turns if turn.speaker is Speaker.AGENT}
    assert "fee_notice" in said["每笔收两块手续费"]
    assert "farewell" in next(found for words, found in said.items() if words.endswith("再见"))
    assert {turn.act for turn in turns} == {""}


def test_words_of_what_is_meant_weigh_more_and_the_same_lines_give_the_same_weights(
    bank: Ruleset, tmp_path: Path
) -> None:
    path, plain = tmp_path / "lines.tsv", learning.unweighed(bank)
    path.write_text(FEES * 20, encoding="utf-8")

    def learnt() -> dict[str, float]:
        turns = [turn for one, act, does in dialogue.read_acts(path) for turn in acts.heard(one, plain, act, does)]
        ((name, learnt),) = acts.learn(turns).items()
        assert (name, learnt.by) == ("fee_notice", Speaker.AGENT)
        return {word: weight for weight, many in learnt.words.items() for word in many}

    assert learnt()["两块"] > 0 > learnt()["退了"]
    assert learnt() == learnt()


@pytest.mark.parametrize("line", ["clerk\tyes\tfee_notice\t收两块", "agent\tperhaps\tfee_notice\t收两块", "agent\tyes"])
def test_a_line_that_nobody_judged_is_told_with_its_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.tsv"
    path.write_text(FEES + line, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"x\.tsv:3"):
        dialogue.read_acts(path)


def test_learning_prints_the_acts_of_the_pack_that_were_judged(tmp_path: Path) -> None:
    for folder, name, text in (
        ("lines", "my_bad.txt", "A2\t你急什么\n" * 3), ("lines", "my_good.txt", "请您稍等\n" * 3),
        ("acts", "one.tsv", FEES * 3), ("acts", "blind.tsv", "agent\tyes\tgreeting\t您好\n" * 3),
    ):  # fmt: skip
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(text, encoding="utf-8")
    told = CliRunner().invoke(app, ["learn", str(tmp_path)])
    block = yamlfile.parse(told.stdout, tmp_path)["acts"]
    assert (block["least"], list(block["read"])) == (-1.0, ["fee_notice"])
    assert block["read"]["fee_notice"]["families"] == ["fee_notice", "repayment_notice"]


def test_an_act_of_a_family_that_does_not_exist_is_told(tmp_path: Path) -> None:
    text = (PACKS / "zh-bank.yaml").read_text(encoding="utf-8").replace("families: [farewell]", "families: [nothing]")
    (tmp_path / "zh-bank.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="'nothing', which does not exist"):
        pack.load(tmp_path, "zh-bank")


def test_lines_that_were_never_learnt_from_are_heard_right_more_often_than_by_phrases_alone(bank: Ruleset) -> None:
    alone, read = _heard(learning.unweighed(bank), Speaker.AGENT), _heard(bank, Speaker.AGENT)
    assert read[True, True] >= alone[True, True] * 0.97
    assert read[False, True] <= alone[False, True] * 0.75


def test_wishes_in_other_words_are_heard_and_mere_mentions_are_not(bank: Ruleset) -> None:
    alone, read = _heard(learning.unweighed(bank), Speaker.CUSTOMER), _heard(bank, Speaker.CUSTOMER)
    assert read[True, True] >= alone[True, True] * 1.1
    assert read[False, True] <= alone[False, True] * 0.75


def _heard(rules: Ruleset, by: Speaker) -> Counter[tuple[bool, bool]]:
    """Lines by whether they do an act and whether it is heard."""
    known = rules.pack.acts.read if rules.pack.acts else {}
    found: Counter[tuple[bool, bool]] = Counter()
    for one, act, does in dialogue.read_acts(HERE / "acts" / "blind.tsv"):
        if act in known and known[act].by is by:
            hits = Case(Talk(dialogue.transcript(one)), rules).hits(by, *known[act].families)
            found[does, bool(hits)] += 1
    return found
