"""A WS-Security token that is dated by the twins' clock, for the peers that ask the registry."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from zeep.wsse.username import UsernameToken


class DatedToken(UsernameToken):  # type: ignore[misc]  # zeep has no types
    """A token that is dated by the service's clock."""

    def __init__(self, username: str, password: str, now: datetime) -> None:
        super().__init__(username, password, use_digest=True, zulu_timestamp=True)
        self._now, self._started = now, time.time()

    def apply(self, envelope: Any, headers: Any) -> Any:
        self.created = self._now + timedelta(seconds=time.time() - self._started)
        return super().apply(envelope, headers)
