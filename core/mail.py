"""Sending e-mail through the site's server, each message to one recipient, and knowing whether it went."""

import asyncio
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from core.addresses import MAIL_PORTS
from core.errors import HotlineError

SECONDS = 30.0
Post = Callable[[EmailMessage], Awaitable[None]]
"""Sends a message to its one recipient; raises NotSent, or Unsure."""


class NotSent(HotlineError):
    """The server has not taken the message: it may be tried again."""


class Unsure(HotlineError):
    """The link broke after the message was handed over: nobody knows whether it went."""


def post_of(url: str) -> Post:
    """`url` as `core.addresses.MailUrl`; without one everything is NotSent."""

    async def post(message: EmailMessage) -> None:
        if not url:
            raise NotSent("no mail server is set", "set HOTLINE_SMTP_URL")
        await asyncio.to_thread(_send, url, message)

    return post


def _send(url: str, message: EmailMessage) -> None:
    try:
        link = _link(url)
        try:
            _hand_over(link, message)
        finally:
            with suppress(OSError, smtplib.SMTPException):  # what was taken was taken, however the server says goodbye
                link.quit()
    except (OSError, smtplib.SMTPException) as fault:
        raise NotSent(f"the mail server did not take it: {_said(fault)}") from None


def _link(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or MAIL_PORTS[parts.scheme]
    if parts.scheme == "smtps":
        link: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
    else:
        link = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        if parts.scheme == "smtp+starttls":
            link.starttls(context=ssl.create_default_context())
        if parts.username:
            link.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        link.close()
        raise
    return link


def _hand_over(link: smtplib.SMTP, message: EmailMessage) -> None:
    link.ehlo_or_helo_if_needed()
    for command, header in ((link.mail, "From"), (link.rcpt, "To")):
        code, reply = command(parseaddr(str(message[header]))[1])
        if code >= 400:
            raise smtplib.SMTPResponseException(code, reply)
    try:
        code, reply = link.data(message.as_bytes())
    except smtplib.SMTPDataError:
        raise
    except (OSError, smtplib.SMTPServerDisconnected) as fault:
        raise Unsure(f"the link to the mail server broke while it took the message: {_said(fault)}") from None
    if code != 250:
        raise smtplib.SMTPDataError(code, reply)


def _said(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPResponseException):
        told = fault.smtp_error.decode(errors="replace") if isinstance(fault.smtp_error, bytes) else fault.smtp_error
        return f"{fault.smtp_code} {told}"
    return str(fault) or type(fault).__name__
