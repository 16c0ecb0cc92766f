"""Airflow DAGs of feeds: by its own schedule each feed's next delivery is built, and goes on its way.

changes since the last delivery ──build──> signed, sealed ──person, where terms are new──> sent or fetched
"""

from __future__ import annotations

from orchestration.feeds import build, built_feeds, feed_dag, person, release, send, who_decides

for file in built_feeds():
    with feed_dag(file):
        built = build(file.id)
        asked = person(file)
        sent = send(file.id)
        who_decides(built) >> [asked, sent]
        release(file.id, asked.output) >> sent
