"""The error tree as an Airflow retry policy: what to try again, when, and what to leave to a person.

    Permanent   fail at once: trying again changes nothing, somebody must act
    Transient   try again after `DELAY`, or when the source said it would be ready
    any other   Airflow's own rule: `RETRIES` times, `DELAY` apart (a bug, or a lost worker)

Inside one reading the connectors repeat single calls within seconds; here a whole task is repeated,
minutes apart. No task catches an error in order to retry.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryDecision, RetryRule

from contracts.errors import Permanent, Transient

RETRIES = 3
"""How often a task is repeated at most; a policy can only stop earlier."""

DELAY = timedelta(minutes=1)
"""Between two tries, where the source says nothing."""

LONGEST = timedelta(hours=1)
"""Beyond this a source's wish to wait is not followed: the next scheduled run comes anyway."""


class ErrorTreePolicy(ExceptionRetryPolicy):
    """Two rules, one for each branch of the tree, and the source's own word on how long to wait."""

    def __init__(self) -> None:
        super().__init__(
            rules=[
                RetryRule(
                    exception=Permanent,
                    action=RetryAction.FAIL,
                    reason="permanent: trying again changes nothing, somebody must act",
                ),
                RetryRule(
                    exception=Transient,
                    action=RetryAction.RETRY,
                    retry_delay=DELAY,
                    reason="transient: waiting may heal it",
                ),
            ]
        )

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """Decide by the branch; a throttling source's `retry_after_s` replaces the delay when it is longer."""
        decision = super().evaluate(exception, try_number, max_tries, context)
        wish = getattr(exception, "retry_after_s", None)
        if decision.action is not RetryAction.RETRY or wish is None:
            return decision
        delay = min(max(timedelta(seconds=wish), DELAY), LONGEST)
        return RetryDecision.retry(delay, f"transient: the source asks to wait {wish:.0f} s")
