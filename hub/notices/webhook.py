"""The news as JSON to an address of the city's own, signed: `Hub-Signature: sha256=<HMAC of the body>`."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from contracts.errors import DeploymentInvalid, Transient
from hub.notices.news import NewsItem

TIMEOUT_S = 30
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class WebhookRefused(Transient):
    """The address of the webhook did not take the news; they go out with the next try."""


class _Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """News go to the address that was set, and nowhere else."""
        return


def send(found: Sequence[NewsItem], url: str, secret: str) -> None:
    """Post the news. Raises DeploymentInvalid, WebhookRefused."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise DeploymentInvalid("HUB_WEBHOOK_URL is not https", hint="https://chat.example/hook")
    body = json.dumps({"notices": [asdict(each) for each in found]}, ensure_ascii=False).encode()
    signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(
        url, body, {"Content-Type": "application/json", "Hub-Signature": f"sha256={signed}"}, method="POST"
    )
    try:
        urllib.request.build_opener(_Staying).open(request, timeout=TIMEOUT_S).close()
    except urllib.error.HTTPError as error:
        raise WebhookRefused(f"The webhook answers {error.code}", hint="HUB_WEBHOOK_URL; it is tried again") from None
    except OSError as error:
        raise WebhookRefused(
            f"The webhook cannot be reached ({type(error).__name__})", hint="HUB_WEBHOOK_URL; it is tried again"
        ) from None
