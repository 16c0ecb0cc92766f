"""Sends what is new over the ways that are set: mail, webhook, both. The digest of the morning sends all that is true."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.errors import DeploymentInvalid
from hub.app import Hub
from hub.notices import mail, sent, webhook
from hub.notices.news import gather


@dataclass(frozen=True)
class Sending:
    """What one try did."""

    true: int
    """News that are true now."""
    sent: int
    ways: tuple[str, ...]


def send(hub: Hub, *, digest: bool = False) -> Sending:
    """Send what is new or, as a digest, everything; nothing is sent where nothing is wrong.

    What was sent is remembered after it was: a process that dies between sends twice, never not at all.

    Raises:
        DeploymentInvalid: no way is set, or half of one.
        MailRefused, WebhookRefused: nothing is remembered; the next try sends it again.
    """
    given = hub.settings
    ways = tuple(
        name for name, there in (("mail", given.smtp_url), ("webhook", given.webhook_url)) if there is not None
    )
    if not ways:
        raise DeploymentInvalid("No way for notices is set", hint="HUB_SMTP_URL, or HUB_WEBHOOK_URL")
    found, now = gather(hub), hub.scenario.now()
    with hub.engine.begin() as connection:
        news = sent.unsent(connection, found)
        chosen = found if digest else news
        if chosen and given.smtp_url is not None:
            to = [each.strip() for each in given.mail_to.split(",") if each.strip()]
            if not to or not given.mail_from:
                raise DeploymentInvalid("Nobody is named for the mail", hint="HUB_MAIL_FROM and HUB_MAIL_TO")
            what = "Bản tin sáng" if digest else "Việc cần làm"
            subject = f"[Một Lần] {what}: {len(chosen)} · {now.astimezone(hub.deployment.zone):%d/%m/%Y %H:%M}"
            message = mail.written(chosen, sender=given.mail_from, to=to, subject=subject, base=given.workbench_address)
            mail.send(message, given.smtp_url.get_secret_value())
        if chosen and given.webhook_url is not None:
            secret = given.webhook_secret
            if secret is None:
                raise DeploymentInvalid("The webhook has no secret", hint="HUB_WEBHOOK_SECRET")
            webhook.send(chosen, given.webhook_url.get_secret_value(), secret.get_secret_value())
        sent.remember(connection, found, now)
    return Sending(len(found), len(chosen), ways)
