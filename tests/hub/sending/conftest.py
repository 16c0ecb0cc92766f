from tests.hub.feeds.city import city
from tests.hub.sending.inbox import way

__all__ = ["city", "way"]
