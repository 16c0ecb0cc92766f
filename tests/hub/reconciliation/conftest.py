"""What the tests of comparisons share: the feed of `tests/hub/feeds/city.py`."""

from __future__ import annotations

from tests.hub.feeds import city as small_city

city = small_city.city
