"""Airflow DAG of the second opinion: once a day the declared suite judges what each stream merged.

    merged since the last agreement ──second_opinion──> agreed, or the stream is stopped (hub/load/second_opinion/)

It reads from no system, and no reading waits for it. One task a stream: a stream that is stopped does not keep the
others from their opinion.
"""

from __future__ import annotations

from orchestration.second_opinion import all_streams, second_opinion, second_opinion_dag

with second_opinion_dag():
    second_opinion.expand(stream=all_streams())
