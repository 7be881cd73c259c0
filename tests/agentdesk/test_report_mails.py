"""Reports by e-mail: when they are due, each once, again after a failure, never twice."""

import io
import re
from collections.abc import AsyncIterator
from datetime import datetime
from random import Random
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update

from acd import queues
from agentdesk.reports.mailing import Mailing
from agentdesk.reports.models import ReportMail
from agentdesk.reports.plan import Every, MailPlan, MailPlans, State
from agentdesk.reports.reader import ReportReader
from app.bench.month import DAY, Month, write
from core.errors import NotFound
from core.mail import post_of
from core.settings import ROOT
from tests.agentdesk.conftest import House, Visitor, enter
from tests.mail_server import MailServer, mail_server

HEAD, TEAM = "head@bank.example", "team@bank.example"
PLAN = MailPlan(name="daily", report="queues", every=Every.DAY, at="08:00", to=(HEAD, TEAM))
QUEUES = queues.load(ROOT / "config")


class Morning:
    """A clock that a test sets."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as mail:
        yield mail


@pytest.fixture
def morning(house: House) -> Morning:
    """Five to eight."""
    return Morning(datetime(2026, 3, 4, 7, 55, tzinfo=house.desk.site.zone).timestamp())


def mailing(house: House, clock: Morning, url: str, plan: MailPlan = PLAN) -> Mailing:
    reader = ReportReader(house.desk.site, QUEUES, house.desk.book, house.desk.summaries.rules)
    plans, sender = MailPlans(mails=(plan,)), "Hotline <hotline@bank.example>"
    return Mailing(house.db, plans, reader, house.desk.pages, post_of(url), sender, clock)


async def rows(house: House) -> list[ReportMail]:
    async with house.db.reading() as session:
        return list(await session.scalars(select(ReportMail).order_by(ReportMail.due_at, ReportMail.to)))


async def test_a_report_goes_out_at_its_time_once_to_each_with_table_and_workbook(
    house: House, morning: Morning, server: MailServer
) -> None:
    month = Month(morning.at - 1.33 * DAY, 2, ["7001", "7002"], Random(2))
    month.make(60)
    await write(house.db, month)
    mails = mailing(house, morning, server.url)
    morning.at -= 86400 + 3600
    await mails.send_due()
    server.taken.clear()
    morning.at += 86400 + 3600 + 360
    for _ in range(3):
        await mails.send_due()
    await mailing(house, morning, server.url).send_due()
    assert sorted(to for to, _ in server.taken) == [HEAD, TEAM]
    message = server.taken[0][1]
    assert message["Subject"] == "安信银行 队列 2026-03-03"
    assert message["From"] == "Hotline <hotline@bank.example>"
    html = message.get_body(("html",))
    assert html is not None
    text = html.get_content()
    assert "信用卡" in text
    assert "合计" in text
    plain = message.get_body(("plain",))
    assert plain is not None
    rows = dict(re.findall(r"^(信用卡|合计) +(\d+)  ", plain.get_content(), re.M))
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "daily-2026-03-03.xlsx"
    book: Any = load_workbook(io.BytesIO(attached.get_content()))
    assert book.sheetnames == ["按队列", "指标说明"]
    offered = book.worksheets[0]["B7"].value
    assert offered > 0
    assert f">{offered}<" in text
    assert rows["合计"] == str(offered)
    callers = {row["caller"] for table in month.rows.values() for row in table if "caller" in row}
    assert not any(caller in text for caller in callers if len(caller) > 5)


async def test_who_was_refused_gets_it_later_and_the_others_not_again(
    house: House, morning: Morning, server: MailServer
) -> None:
    mails = mailing(house, morning, server.url)
    morning.at += 600
    server.refuse.add(TEAM)
    await mails.send_due()
    sent, failed = await rows(house)
    assert (sent.state, failed.state, failed.tries) == (State.SENT, State.FAILED, 1)
    assert "450 try later" in failed.problem
    server.refuse.clear()
    await mails.send_due()
    assert [to for to, _ in server.taken] == [HEAD]
    morning.at += 61
    await mails.send_due()
    assert [to for to, _ in server.taken] == [HEAD, TEAM]
    assert [(row.state, row.problem) for row in await rows(house)] == [(State.SENT, "")] * 2


async def test_a_link_that_breaks_when_the_message_is_over_leaves_it_unsure_and_it_is_not_repeated(
    house: House, morning: Morning, server: MailServer
) -> None:
    mails = mailing(house, morning, server.url, PLAN.model_copy(update={"to": (HEAD,)}))
    morning.at, server.drop = morning.at + 600, True
    await mails.send_due()
    morning.at += 7200
    await mails.send_due()
    assert len(server.taken) == 1
    assert [row.state for row in await rows(house)] == [State.UNSURE]


async def test_somebody_asks_for_what_was_sent_already_and_mail_servers_do_not_take_it_for_the_first(
    house: House, morning: Morning, server: MailServer
) -> None:
    mails = mailing(house, morning, server.url)
    morning.at += 600
    await mails.send_due()
    shown = await mails.send_now("daily", HEAD, "sun.li")
    assert [(each.to, each.state, each.tries) for each in shown.sendings] == [(HEAD, "sent", 2), (TEAM, "sent", 1)]
    first, _, again = [message["Message-ID"] for _, message in server.taken]
    assert first != again
    with pytest.raises(NotFound):
        await mails.send_now("daily", "stranger@bank.example", "sun.li")


async def test_who_was_refused_gets_it_at_once_when_somebody_asks(
    house: House, morning: Morning, server: MailServer
) -> None:
    mails = mailing(house, morning, server.url, PLAN.model_copy(update={"to": (TEAM,)}))
    morning.at += 600
    server.refuse.add(TEAM)
    await mails.send_due()
    assert [each.state for each in (await mails.send_now("daily", "", "sun.li")).sendings] == ["failed"]
    server.refuse.clear()
    assert [each.state for each in (await mails.send_now("daily", "", "sun.li")).sendings] == ["sent"]


async def test_what_was_being_sent_when_the_engine_died_is_not_sent_again(
    house: House, morning: Morning, server: MailServer
) -> None:
    mails = mailing(house, morning, server.url)
    morning.at += 600
    await mails.send_due()
    async with house.db.transaction() as tx:
        await tx.session.execute(update(ReportMail).where(ReportMail.to == HEAD).values(state=State.SENDING))
    await mails.settle()
    await mails.send_due()
    assert len(server.taken) == 2
    assert [row.state for row in await rows(house)] == [State.UNSURE, State.SENT]


async def test_a_report_more_than_a_day_late_is_not_sent_any_more(
    house: House, morning: Morning, server: MailServer
) -> None:
    weekly = PLAN.model_copy(update={"every": Every.WEEK})
    await mailing(house, morning, server.url, weekly).send_due()
    assert await rows(house) == []
    morning.at -= 86400
    await mailing(house, morning, server.url, weekly).send_due()
    assert len(server.taken) == 2


async def test_without_a_mail_server_the_page_says_what_to_set(house: House, web: Visitor, morning: Morning) -> None:
    mails = mailing(house, morning, "", PLAN.model_copy(update={"to": (HEAD,)}))
    morning.at += 600
    await mails.send_due()
    (shown,) = await mails.shown()
    assert [(each.to, each.state) for each in shown.sendings] == [(HEAD, State.FAILED)]
    assert "HOTLINE_SMTP_URL" in shown.sendings[0].problem
    assert shown.sendings[0].next_at == morning.at + 60
    await enter(web, "quality")
    assert (await web.get("/api/reports/mails")).status_code == 403


async def test_a_mail_server_that_is_not_there_is_one_clear_line(house: House, morning: Morning) -> None:
    mails = mailing(house, morning, "smtp://127.0.0.1:1", PLAN.model_copy(update={"to": (HEAD,)}))
    morning.at += 600
    await mails.send_due()
    (row,) = await rows(house)
    assert row.problem.startswith("the mail server did not take it: ")
    assert "\n" not in row.problem
