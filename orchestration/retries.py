"""The error tree as an Airflow retry policy: which errors are retried, when, and which need a person.

    Permanent   fails at once: a retry changes nothing, somebody must act
    Transient   is retried after `DELAY`, or after the time that the source asked for
    any other   Airflow's own rule: `RETRIES` retries, `DELAY` between them (a bug, or a lost worker)

Connectors repeat single calls within seconds. This policy repeats a whole task after minutes. No task catches an error
in order to retry.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryDecision, RetryRule

from contracts.errors import Permanent, Transient

RETRIES = 3
"""Most retries of a task; a policy can only stop earlier."""

DELAY = timedelta(minutes=1)
"""Time between two tries, unless the source asks for more."""

LONGEST = timedelta(hours=1)
"""Longest wait that a source may ask for: the next scheduled run comes anyway."""


class ErrorTreePolicy(ExceptionRetryPolicy):
    """A rule for each branch of the tree; a source may ask for a longer wait."""

    def __init__(self) -> None:
        super().__init__(
            rules=[
                RetryRule(
                    exception=Permanent,
                    action=RetryAction.FAIL,
                    reason="permanent: a retry changes nothing, somebody must act",
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
        """Decide by the branch of the error; `retry_after_s` of a throttling source replaces a shorter delay."""
        decision = super().evaluate(exception, try_number, max_tries, context)
        wish = getattr(exception, "retry_after_s", None)
        if decision.action is not RetryAction.RETRY or wish is None:
            return decision
        delay = min(max(timedelta(seconds=wish), DELAY), LONGEST)
        return RetryDecision.retry(delay, f"transient: the source asks to wait {wish:.0f} s")
