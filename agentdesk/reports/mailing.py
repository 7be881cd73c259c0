"""Sends reports by e-mail when they are due: each once to each recipient, again after a failure, never twice."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from hashlib import sha256

import structlog
from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from agentdesk.reports import sheets
from agentdesk.reports.figures import written
from agentdesk.reports.models import ReportMail
from agentdesk.reports.plan import LATE, MailPlan, MailPlans, State, pause_after
from agentdesk.reports.reader import ReportReader
from agentdesk.reports.words import FIGURES, TITLES
from agentdesk.sheetexcel import as_book
from agentdesk.titles import title
from core.clock import Clock
from core.database import Database
from core.errors import HotlineError
from core.mail import Post, Unsure
from core.pages import Pages

EVERY = 20.0
SHOWN = 10
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
log = structlog.get_logger(__name__)


class SendingOut(BaseModel):
    """`state`: sending, sent, failed (tried again at `next_at`), or unsure: it was handed over, and is not repeated."""

    due_at: float
    to: str
    state: State
    tries: int
    next_at: float | None
    problem: str
    sent_at: float | None


class MailOut(BaseModel):
    """A plan of reports.yaml with its last sendings, the newest first."""

    name: str
    report: str
    every: str
    at: str
    to: list[str]
    sendings: list[SendingOut]


@dataclass(frozen=True, slots=True)
class Mailing:
    db: Database
    plans: MailPlans
    reader: ReportReader
    pages: Pages
    post: Post
    sender: str
    clock: Clock

    async def run(self) -> None:
        await self.settle()
        while True:
            await self.send_due()
            await asyncio.sleep(EVERY)

    async def settle(self) -> None:
        """What was under way when the engine died may have gone."""
        lost = {"state": State.UNSURE, "problem": "the engine stopped while it was being sent"}
        async with self.db.transaction() as tx:
            await tx.session.execute(update(ReportMail).where(ReportMail.state == State.SENDING).values(**lost))

    async def send_due(self) -> None:
        for plan in self.plans.mails:
            due = plan.due(self.clock(), self.reader.site.zone)
            for to in plan.to if self.clock() - due < LATE else ():
                if (row := await self._taken(plan, due, to)) is not None:
                    await self._send(plan, due, to, row)

    async def shown(self) -> list[MailOut]:
        found = []
        async with self.db.reading() as session:
            for plan in self.plans.mails:
                query = select(ReportMail).where(ReportMail.plan == plan.name)
                rows = await session.scalars(query.order_by(ReportMail.due_at.desc(), ReportMail.to).limit(SHOWN))
                sendings = [_shown(row) for row in rows]
                found.append(MailOut(name=plan.name, report=plan.report, every=plan.every, at=plan.at,
                                     to=list(plan.to), sendings=sendings))  # fmt: skip
        return found

    async def _taken(self, plan: MailPlan, due: float, to: str) -> int | None:
        """The row that says we are sending now; None where it was sent, or is not to be tried yet."""
        same = (ReportMail.plan == plan.name, ReportMail.due_at == due, ReportMail.to == to)
        try:
            async with self.db.transaction() as tx:
                row = await tx.session.scalar(select(ReportMail).where(*same).with_for_update())
                if row is None:
                    row = ReportMail(plan=plan.name, due_at=due, to=to, state=State.SENDING, tries=0, next_at=due)
                    tx.session.add(row)
                elif row.state != State.FAILED or row.next_at > self.clock():
                    return None
                row.state, row.tries = State.SENDING, row.tries + 1
                await tx.session.flush()
                return row.id
        except IntegrityError:
            return None  # another engine has just taken it

    async def _send(self, plan: MailPlan, due: float, to: str, row: int) -> None:
        try:
            await self.post(await self._message(plan, due, to))
        except Unsure as fault:
            await self._note(row, State.UNSURE, fault.problem)
        except HotlineError as fault:
            await self._note(row, State.FAILED, str(fault))
        except Exception:
            await self._note(row, State.FAILED, "the report could not be made: see the log")
            raise
        else:
            await self._note(row, State.SENT, "")
            log.info("report sent", plan=plan.name)

    async def _note(self, number: int, state: State, problem: str) -> None:
        now = self.clock()
        async with self.db.transaction() as tx:
            row = await tx.session.get_one(ReportMail, number)
            row.state, row.problem = state, problem[:400]
            row.sent_at = now if state is State.SENT else None
            row.next_at = now + pause_after(row.tries)
        if problem:
            log.warning("report not sent", state=state, problem=problem)

    async def _message(self, plan: MailPlan, due: float, to: str) -> EmailMessage:
        """The tables in the text, the workbook beside it. Nothing in it is about a single call."""
        async with self.db.reading() as session:
            report = await self.reader.read(session, plan.report, plan.choice, plan.language, due)
        say, site = self.pages.translator(plan.language), title(self.reader.site.name, plan.language)
        days = f"{report.period.first}" if report.period.days == 1 else f"{report.period.first} – {report.period.last}"
        subject = f"{site} {say(TITLES[plan.report])} {days}"
        html = self.pages.render(
            "_report_mail.html", plan.language, report=report, titles=TITLES, figures=FIGURES, say=say,
            written=written, subject=subject,
        )  # fmt: skip
        book = await asyncio.to_thread(as_book, sheets.book_of(report, say))
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, self.sender, to
        message["Message-ID"] = _identity(plan, due, to, self.sender)
        message["Date"] = datetime.fromtimestamp(self.clock(), self.reader.site.zone)
        message.set_content(f"{subject}\n")
        message.add_alternative(html, subtype="html")
        message.add_attachment(book, *XLSX, filename=f"{plan.name}-{report.period.first}.xlsx")
        return message


def _identity(plan: MailPlan, due: float, to: str, sender: str) -> str:
    """The same for every try, so that mail servers know a second one for the first."""
    mark = sha256(f"{plan.name} {due:.0f} {to}".encode()).hexdigest()[:32]
    return f"<{mark}@{sender.rpartition('@')[2]}>"


def _shown(row: ReportMail) -> SendingOut:
    return SendingOut(
        due_at=row.due_at, to=row.to, state=State(row.state), tries=row.tries, problem=row.problem,
        next_at=row.next_at if row.state == State.FAILED else None, sent_at=row.sent_at,
    )  # fmt: skip
