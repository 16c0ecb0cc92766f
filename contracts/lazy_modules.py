"""Libraries, loaded when they are first used: Polars costs a tenth of a second of CPU and 35 MB that most commands do
without, and Great Expectations imports two that no rule of ours needs.

A poll that finds nothing new, a list of streams or a help text touches no frame, yet the modules that they import name
Polars. `importlib.util.LazyLoader` would do, but before Python 3.12.3 a second thread meets its half-loaded module
(python/cpython gh-114763), and batches are read and judged on threads.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from types import ModuleType
from typing import Any

LOCK = threading.RLock()


class LazyModule(ModuleType):
    """Stands for a module until an attribute of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        with LOCK:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
                try:
                    importlib.import_module(self.__name__)
                except BaseException:
                    sys.modules[self.__name__] = self
                    raise
        real = sys.modules[self.__name__]
        self.__dict__.update(real.__dict__)  # found without this method from now on
        return getattr(real, name)


def defer(name: str) -> None:
    """Load a module on first use. Does nothing if it is loaded, or not installed."""
    if name not in sys.modules and (spec := importlib.util.find_spec(name)) is not None:
        module = LazyModule(name)
        module.__spec__ = spec
        sys.modules[name] = module


def is_loaded(name: str) -> bool:
    """Whether a module was really imported by now."""
    return name in sys.modules and not isinstance(sys.modules[name], LazyModule)
