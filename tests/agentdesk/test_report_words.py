"""Periods, addresses of counts, plans of e-mails and charts, without a database."""

from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from acd.tally import Stays
from agentdesk.reports import making, measures, part, plan, svg
from agentdesk.reports.asked import Asked
from agentdesk.reports.charts import charts
from agentdesk.reports.choice import Choice
from agentdesk.reports.figures import written
from agentdesk.reports.model import Report, Unit
from agentdesk.reports.part import Part
from agentdesk.reports.period import fitting, period_of, row_end, row_of, rows_between
from agentdesk.reports.plan import Every, MailPlan, MailPlans
from agentdesk.reports.words import FIGURES, TITLES
from core.errors import ConfigError

SHANGHAI, BERLIN, DELHI = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 4, 0, 30, tzinfo=SHANGHAI).timestamp()
"""A Wednesday, still Tuesday in Europe."""


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", "2026-03-04", "2026-03-04"), ("yesterday", "2026-03-03", "2026-03-03"),
        ("this-week", "2026-03-02", "2026-03-08"), ("last-week", "2026-02-23", "2026-03-01"),
        ("this-month", "2026-03-01", "2026-03-31"), ("last-month", "2026-02-01", "2026-02-28"),
        ("nonsense", "2026-03-04", "2026-03-04"), ("days", "2026-03-04", "2026-03-04"),
    ],
)  # fmt: skip
def test_periods_are_whole_days_of_the_site(name: str, first: str, last: str) -> None:
    found = period_of(name, NOW, SHANGHAI)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


def test_days_are_taken_in_either_order_and_a_long_period_keeps_its_end() -> None:
    found = period_of("days", NOW, SHANGHAI, date(2026, 3, 9), date(2026, 3, 1))
    assert (found.first, found.days) == (date(2026, 3, 1), 9)
    assert fitting("15", found) == "day"
    assert fitting("15", period_of("this-week", NOW, SHANGHAI)) == "15"
    assert fitting("nonsense", period_of("today", NOW, SHANGHAI)) == "day"
    endless = period_of("days", NOW, SHANGHAI, date(1999, 1, 1), date(2026, 3, 1))
    assert (endless.days, endless.last) == (400, date(2026, 3, 1))


def test_rows_begin_on_the_clock_of_the_site_even_where_it_is_half_an_hour_off() -> None:
    at = datetime(2026, 3, 4, 9, 50, tzinfo=DELHI).timestamp()
    assert datetime.fromtimestamp(row_of(at, "60", DELHI), DELHI).strftime("%H:%M") == "09:00"
    assert datetime.fromtimestamp(row_of(at, "15", DELHI), DELHI).strftime("%H:%M") == "09:45"


def test_a_day_on_which_clocks_change_is_one_row_of_23_hours() -> None:
    begin = row_of(datetime(2026, 3, 29, 12, tzinfo=BERLIN).timestamp(), "day", BERLIN)
    assert row_end(begin, "day", BERLIN) - begin == 23 * 3600
    assert len(list(rows_between(begin, begin + 3 * 86400, "day", BERLIN))) == 4


def test_a_count_survives_the_address_bar_and_rubbish_does_not() -> None:
    there = Part("work", "missed", 100, 200, team="信用卡, 一组=~", agent="8001")
    assert part.read(there.code) == there
    for rubbish in ("", "stay", "stay.a b", "house.offered", "stay.offered,since=soon", "stay.offered,where=here"):
        assert part.read(rubbish) is None


def test_every_figure_and_table_has_a_name_and_a_definition() -> None:
    families = (
        measures.STAYS, measures.WORK, measures.MENU, measures.PLACES, measures.MARKS, measures.RULES, measures.SAID,
        measures.CODES, measures.FEEDBACK,
    )  # fmt: skip
    codes = [each.code for family in families for each in family]
    assert len(codes) == len(set(codes))
    assert set(codes) == FIGURES.keys()
    assert {f"chart-{each.name}" for drawings in measures.DRAWINGS.values() for each in drawings} <= TITLES.keys()


@pytest.mark.parametrize(
    ("unit", "value", "shown"),
    [(Unit.SHARE, 0.8, "80%"), (Unit.SHARE, 0.8549, "85.5%"), (Unit.SECONDS, 19.6, "0:20"), (Unit.SECONDS, None, "–"),
     (Unit.SECONDS, 3725, "1:02:05"), (Unit.SECONDS, 150_000, "41:40 h"), (Unit.COUNT, 12, "12"),
     (Unit.SCORE, 87.46, "87.5")],
)  # fmt: skip
def test_figures_are_written_as_people_read_them(unit: Unit, value: float | None, shown: str) -> None:
    assert written(unit, value) == shown


def test_axes_end_above_the_greatest_value_in_steps_people_count_in() -> None:
    assert svg.ticks(37) == [0, 10, 20, 30, 40]
    assert svg.ticks(37)[-1] >= 37
    assert svg.ticks(100.0, units=(10.0, 30.0, 60.0)) == [0, 30, 60, 90, 120]
    assert svg.ticks(0) == [0, 1]


def _day(stays: dict[tuple[str, int], Stays]) -> Report:
    period = period_of("today", NOW, SHANGHAI)
    tables = making.intervals(Asked(Choice(step="60"), period, "zh", NOW), stays)
    return Report("intervals", period, tuple(tables), measures.DRAWINGS["intervals"])


def test_intervals_without_calls_keep_their_place_in_the_chart_and_are_no_line_of_the_table() -> None:
    nine = int(datetime(2026, 3, 4, 9, tzinfo=SHANGHAI).timestamp())
    report = _day({("cards", nine): Stays(answered=3, in_time=2, abandoned=1, waited=30.0, longest=25.0),
                   ("loans", nine + 2700): Stays(answered=1, in_time=1, waited=5.0, longest=5.0),
                   ("cards", nine + 7200): Stays(answered=2, in_time=2, waited=4.0, longest=3.0)})  # fmt: skip
    (table,) = report.tables
    assert [row.label for row in table.rows] == ["09:00", "10:00", "11:00"]
    assert [row.label for row in table.shown] == ["09:00", "11:00"]
    assert (table.rows[0].values["offered"], table.rows[0].values["service_level"]) == (5, 3 / 5)
    assert table.total is not None
    assert table.total.values["service_level"] == pytest.approx(5 / 7)
    for drawing, drawn in charts(report, lambda text: text):
        picture = ElementTree.fromstring(drawn)
        assert [picture[0].tag, picture[1].tag] == ["title", "desc"]
        told = [each.text or "" for each in picture.iter("title")]
        assert any("09:00" in words and FIGURES[drawing.parts[0]][0] in words for words in told)
        assert not {"style", "script"} & {each.tag for each in picture.iter()}
        assert not any("style" in each.attrib for each in picture.iter())
    assert charts(_day({}), lambda text: text) == []


def test_a_name_with_markup_is_text_in_a_chart() -> None:
    assert "<b>" not in svg.text("words", 0, 0, "<b>") + svg.hint("", "<b>", 'a"b')


DAILY = MailPlan(name="daily", report="queues", every=Every.DAY, at="08:00", to=("a@bank.example",))


@pytest.mark.parametrize(
    ("every", "due"),
    [(Every.DAY, "2026-03-03 08:00"), (Every.WEEK, "2026-03-02 08:00"), (Every.MONTH, "2026-03-01 08:00")],
)
def test_a_report_is_due_at_its_time_of_the_site(every: Every, due: str) -> None:
    found = DAILY.model_copy(update={"every": every}).due(NOW, SHANGHAI)
    assert datetime.fromtimestamp(found, SHANGHAI).strftime("%Y-%m-%d %H:%M") == due


def test_a_report_is_due_in_the_very_second_and_on_the_first_before_its_time_the_month_before() -> None:
    eight = datetime(2026, 3, 4, 8, tzinfo=SHANGHAI).timestamp()
    assert DAILY.due(eight, SHANGHAI) == eight
    assert DAILY.due(eight - 1, SHANGHAI) == eight - 86400
    early = datetime(2026, 3, 1, 7, tzinfo=SHANGHAI).timestamp()
    monthly = DAILY.model_copy(update={"every": Every.MONTH})
    assert datetime.fromtimestamp(monthly.due(early, SHANGHAI), SHANGHAI).date() == date(2026, 2, 1)


def test_pauses_between_tries_grow_up_to_an_hour() -> None:
    assert [plan.pause_after(tries) for tries in (1, 2, 3, 20)] == [60, 120, 240, 3600]


def test_faults_of_the_plan_name_file_and_line(tmp_path: Path) -> None:
    line = "- {name: a, report: queues, every: day, at: '08:00', to: [a@b.cn], queue: nowhere}"
    (tmp_path / "reports.yaml").write_text(f"mails:\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"reports\.yaml:2: there is no queue 'nowhere'"):
        plan.load(tmp_path, {"cards"}, {"zh"})
    (tmp_path / "reports.yaml").write_text("mails:\n- {name: a, report: queues, at: '25:00'}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"reports\.yaml:2"):
        plan.load(tmp_path, {"cards"}, {"zh"})
    (tmp_path / "reports.yaml").unlink()
    assert plan.load(tmp_path, {"cards"}, {"zh"}).mails == ()
    with pytest.raises(ValidationError, match="two mails are called daily"):
        MailPlans(mails=(DAILY, DAILY))
