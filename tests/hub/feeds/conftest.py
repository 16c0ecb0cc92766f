"""What the tests of the way out share: `city.py` has the feed."""

from __future__ import annotations

from tests.hub.feeds import city as small_city

city = small_city.city
