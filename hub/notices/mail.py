"""One mail for all news, grouped by owner; STARTTLS wherever the server is not on this machine."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from itertools import groupby
from urllib.parse import unquote, urlsplit

from contracts.errors import DeploymentInvalid, Transient
from hub.notices.news import NewsItem

TIMEOUT_S = 30
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class MailRefused(Transient):
    """The mail server did not take a mail; the same news go out with the next try."""


def written(found: Sequence[NewsItem], *, sender: str, to: Sequence[str], subject: str, base: str) -> EmailMessage:
    """The mail: Vietnamese first, English below, each with its next step, link and runbook."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, sender, ", ".join(to)
    message.set_content("\n".join(_lines(found, base)))
    return message


def send(message: EmailMessage, url: str) -> None:
    """Hand a mail to the server of an smtp:// URL.

    Raises:
        DeploymentInvalid: the URL is none.
        MailRefused: the server is away or refuses it.
    """
    parts = urlsplit(url)
    if parts.scheme != "smtp" or not parts.hostname:
        raise DeploymentInvalid("HUB_SMTP_URL is no smtp:// address", hint="smtp://user:password@mail.example:587")
    try:
        with smtplib.SMTP(parts.hostname, parts.port or 587, timeout=TIMEOUT_S) as server:
            if parts.hostname not in LOOPBACK:
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise MailRefused(
            f"The mail server did not take the mail ({type(error).__name__})", hint="HUB_SMTP_URL; it is tried again"
        ) from None


def _lines(found: Sequence[NewsItem], base: str) -> Iterator[str]:
    for owner, notices in groupby(found, key=lambda each: each.owner):
        yield f"== {owner}"
        for each in notices:
            yield f"* {each.vi}"
            yield f"  -> {each.next_vi}"
            yield f"  {each.en}"
            yield f"  -> {each.next_en}"
            yield f"  {base}{each.path} · {each.runbook}"
        yield ""
