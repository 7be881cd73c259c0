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

from accounts import audit
from agentdesk.reports import sheets
from agentdesk.reports.figures import written
from agentdesk.reports.models import ReportMail
from agentdesk.reports.plain import plain
from agentdesk.reports.plan import LATE, MailPlan, MailPlans, State, pause_after
from agentdesk.reports.reader import ReportReader
from agentdesk.reports.words import FIGURES, TITLES
from agentdesk.sheets.excel import as_book
from agentdesk.words.titles import title
from core.clock import Clock
from core.database import Database
from core.errors import HotlineError, NotFound
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
    """A plan of reports.yaml with its last sendings, the newest first. `due_at`: when it was to go out last."""

    name: str
    report: str
    every: str
    at: str
    to: list[str]
    due_at: float
    sendings: list[SendingOut]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A row that says we are sending; `again`: how often it was tried before somebody asked for it once more."""

    row: int
    again: int


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
                if (taken := await self._taken(plan, due, to)) is not None:
                    await self._send(plan, due, to, taken)

    async def shown(self) -> list[MailOut]:
        found = []
        async with self.db.reading() as session:
            for plan in self.plans.mails:
                query = select(ReportMail).where(ReportMail.plan == plan.name)
                rows = await session.scalars(query.order_by(ReportMail.due_at.desc(), ReportMail.to).limit(SHOWN))
                sendings = [_shown(row) for row in rows]
                found.append(MailOut(name=plan.name, report=plan.report, every=plan.every, at=plan.at,
                                     to=list(plan.to), sendings=sendings,
                                     due_at=plan.due(self.clock(), self.reader.site.zone)))  # fmt: skip
        return found

    async def send_now(self, name: str, to: str, by: str) -> MailOut:
        """What was due last goes out at once, to one recipient or, where `to` is '', to all; also when it went before.

        What is being sent at this moment is left alone. Raises NotFound.
        """
        plan = next((each for each in self.plans.mails if each.name == name), None)
        if plan is None or to not in ("", *plan.to):
            raise NotFound(f"there is no mail {name} to {to}" if to else f"there is no mail {name}")
        due, wanted = plan.due(self.clock(), self.reader.site.zone), [to] if to else list(plan.to)
        async with self.db.transaction() as tx:
            await audit.note(tx, by, "report_sent", f"report-mail:{name}", ", ".join(wanted))
        taken = [(each, await self._taken(plan, due, each, asked=True)) for each in wanted]
        going = [self._send(plan, due, each, one) for each, one in taken if one is not None]
        for fault in await asyncio.gather(*going, return_exceptions=True):
            if isinstance(fault, Exception):
                log.error("report not made", plan=name, exc_info=fault)
        return next(each for each in await self.shown() if each.name == name)

    async def _taken(self, plan: MailPlan, due: float, to: str, *, asked: bool = False) -> _Taken | None:
        """That we are sending now; None where it was sent, or is not to be tried yet, and nobody has `asked` for it."""
        same = (ReportMail.plan == plan.name, ReportMail.due_at == due, ReportMail.to == to)
        try:
            async with self.db.transaction() as tx:
                row = await tx.session.scalar(select(ReportMail).where(*same).with_for_update())
                if row is None:
                    row = ReportMail(plan=plan.name, due_at=due, to=to, state=State.SENDING, tries=0, next_at=due)
                    tx.session.add(row)
                elif row.state == State.SENDING or not (asked or _failed_long_ago(row, self.clock())):
                    return None
                again = row.tries if row.state in (State.SENT, State.UNSURE) else 0
                row.state, row.tries = State.SENDING, row.tries + 1
                await tx.session.flush()
                return _Taken(row.id, again)
        except IntegrityError:
            return None  # another engine has just taken it

    async def _send(self, plan: MailPlan, due: float, to: str, taken: _Taken) -> None:
        row = taken.row
        try:
            await self.post(await self._message(plan, due, to, taken.again))
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

    async def _message(self, plan: MailPlan, due: float, to: str, again: int) -> EmailMessage:
        """The tables as HTML and as plain text, the workbook beside them. Nothing in it is about a single call."""
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
        message["Message-ID"] = _identity(plan, due, to, self.sender, again)
        message["Date"] = datetime.fromtimestamp(self.clock(), self.reader.site.zone)
        message.set_content(plain(subject, report, say))
        message.add_alternative(html, subtype="html")
        message.add_attachment(book, *XLSX, filename=f"{plan.name}-{report.period.first}.xlsx")
        return message


def _failed_long_ago(row: ReportMail, now: float) -> bool:
    return row.state == State.FAILED and row.next_at <= now


def _identity(plan: MailPlan, due: float, to: str, sender: str, again: int) -> str:
    """The same for every try, so that mail servers know a second one for the first; another when asked for `again`."""
    mark = sha256(f"{plan.name} {due:.0f} {to}{f' {again}' if again else ''}".encode()).hexdigest()[:32]
    return f"<{mark}@{sender.rpartition('@')[2]}>"


def _shown(row: ReportMail) -> SendingOut:
    return SendingOut(
        due_at=row.due_at, to=row.to, state=State(row.state), tries=row.tries, problem=row.problem,
        next_at=row.next_at if row.state == State.FAILED else None, sent_at=row.sent_at,
    )  # fmt: skip
