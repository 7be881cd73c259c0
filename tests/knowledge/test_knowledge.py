"""Articles by rule: reading, searching in Chinese and English, suggestions, and HTML that cannot harm a page."""

from datetime import date
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.settings import ROOT
from knowledge import article, tokens
from knowledge.article import Article, Known, State
from knowledge.library import Shelf
from knowledge.rendering import html_of
from knowledge.suggest import Situation

DAY = date(2026, 3, 2)
KNOWN = Known(("zh", "en"), ("cards", "loans"), ("limit", "blocked"))
TEXT = """---
title: 信用卡额度
language: zh
owner: li.na
keywords: [提额, 临时额度]
valid_until: 2026-12-31
queues: [cards]
codes: [limit]
---

还款后额度**实时**恢复。
"""


def made(name: str, title: str, text: str = "…", **facts: object) -> Article:
    given = {"title": title, "language": name[-2:], "owner": "li.na", **facts}
    return Article(name, article.Facts.model_validate(given), text)


SHELF = Shelf.of([
    made("limit.zh", "信用卡额度", "还款后额度实时恢复，最长一个工作日。", keywords=("提额",), queues=("cards",),
         codes=("limit",)),
    made("limit.en", "Credit limit", "Restored at once after a payment.", queues=("cards",), codes=("limit",)),
    made("loss.zh", "口头挂失", "卡片丢失后马上挂失，额度不变。", keywords=("丢卡",), queues=("cards",),
         steps=("lost-card",)),
    made("old.zh", "旧的挂失办法", "挂失要到网点。", valid_until="2025-01-31", queues=("cards",)),
    made("soon.zh", "新的挂失办法", "挂失可以刷脸。", valid_from="2027-01-01", queues=("cards",)),
])  # fmt: skip


def found(query: str, language: str = "zh") -> list[str]:
    return [hit.article.name for hit in SHELF.search(query, DAY, language)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("额度", "limit.zh"), ("还款后多久恢复额度", "limit.zh"), ("丢卡", "loss.zh"), ("挂", "loss.zh"),
        ("guashi", "loss.zh"), ("ktgs", "loss.zh"), ("restor", "limit.en"), ("credit limits", "limit.en"),
    ],
)  # fmt: skip
def test_an_article_is_found_by_words_pairs_of_characters_pinyin_and_what_is_still_typed(
    query: str, first: str
) -> None:
    assert found(query)[0] == first


def test_expired_articles_are_found_last_and_coming_ones_not_at_all() -> None:
    assert found("挂失") == ["loss.zh", "old.zh"]
    assert SHELF.articles["old.zh"].state(DAY) is State.EXPIRED


def test_a_question_of_which_most_is_nowhere_finds_nothing() -> None:
    assert found("理财产品收益") == found("") == found("…") == []


def test_suggestions_go_by_code_before_menu_before_queue_once_a_matter_in_the_readers_language() -> None:
    def names(call: Situation, language: str = "zh") -> list[str]:
        return [each.name for each in SHELF.suggested(call, DAY, language)]

    assert names(Situation("cards")) == ["limit.zh", "loss.zh"]
    assert names(Situation("cards", steps=["main", "lost-card"])) == ["loss.zh", "limit.zh"]
    assert names(Situation("cards", steps=["lost-card"], codes=["limit"]), "en") == ["limit.en", "loss.zh"]
    assert names(Situation("loans")) == []


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("---\ntitle", "title", "card.zh.md:1: an article begins with ---"),
        ("owner: li.na\n", "", "owner: Field required"),
        ("language: zh", "language: en", "card.zh.md:3: the article says language 'en', its name 'zh'"),
        ("queues: [cards]", "queues: [crads]", "card.zh.md:7: there is no queue 'crads'"),
        ("codes: [limit]", "codes: [limits]", "card.zh.md:8: there is no wrap-up code 'limits'"),
        ("2026-12-31", "soon", "card.zh.md:6: valid_until"),
        ("owner: li.na\n", "owner: li.na\nvalid_from: 2027-01-01\n", "it would end before it begins"),
        ("还款后额度**实时**恢复。\n", "", "the article says nothing"),
    ],
)
def test_an_article_that_cannot_be_meant_is_refused_with_its_line(was: str, now: str, told: str) -> None:
    article.read("card.zh", TEXT, KNOWN)
    with pytest.raises(ConfigError) as refused:
        article.read("card.zh", TEXT.replace(was, now, 1), KNOWN)
    assert told in str(refused.value)


@pytest.mark.parametrize("name", ["Card.zh", "card", "../card.zh", "card.zhx"])
def test_a_name_says_matter_and_language(name: str) -> None:
    with pytest.raises(ConfigError, match="is no name of an article"):
        article.read(name, TEXT)


@pytest.mark.parametrize(
    ("written", "never"),
    [
        ("<script>alert(1)</script>", "<script"), ("<img src=x onerror=a()>", "<img"), ("![x](http://a/b.png)", "<img"),
        ("[x](javascript:alert(1))", "href"), ("[x](data:text/html,a)", "href"), ("a <b onclick=x>b</b>", "<b "),
    ],
)  # fmt: skip
def test_nothing_that_is_written_becomes_markup_that_runs_or_loads(written: str, never: str) -> None:
    assert never not in html_of(written)


def test_markdown_is_shown_with_headings_below_the_title_tables_and_links_in_another_tab() -> None:
    html = html_of("# 时间\n\n**工作日**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[网点](https://bank.example/b)")
    for part in (
        "<h3>时间</h3>",
        "<strong>工作日</strong>",
        "<td>1</td>",
        'target="_blank"',
        'rel="noopener noreferrer"',
    ):
        assert part in html


def test_shipped_articles_are_sound_bilingual_and_name_what_the_shipped_configuration_has() -> None:
    articles = article.load(ROOT / "config")
    assert len({each.matter for each in articles}) * 2 == len(articles) >= 60
    menu = (ROOT / "config" / "menus" / "main.yaml").read_text(encoding="utf-8")
    for each in articles:
        assert all(f"\n  {step}:" in menu for step in each.facts.steps), each.name


def test_a_folder_without_articles_is_a_centre_without_knowledge(tmp_path: Path) -> None:
    assert article.load(tmp_path) == ()


def test_tokens_of_a_text_are_words_characters_and_pairs() -> None:
    assert list(tokens.indexed("信用卡 Limits 24h")) == ["信", "用", "卡", "信用", "用卡", "limit", "24h"]
    assert tokens.asked("卡 limits") == ("卡", "limit")
