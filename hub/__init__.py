"""The data-interchange hub: the loading path, and the answers to agencies."""

import os

from contracts.lazy_modules import defer

# Polars' allocator (jemalloc) gives memory back in a way that counts as ours until the machine needs it; asked to give
# it back for good, a worker of a bulk load holds less (`_RJEM_MALLOC_CONF= make bench` shows it without). It is asked
# when Polars is loaded, so before anything else of the hub is.
os.environ.setdefault("_RJEM_MALLOC_CONF", "muzzy_decay_ms:0")
defer("polars")
