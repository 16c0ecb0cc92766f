"""Every dialect whose records these tests poison."""

from __future__ import annotations

from collections.abc import Mapping

from .dialect import Dialect
from .file_dialects import FILE_DIALECTS
from .json_dialects import JSON_DIALECTS
from .soap_dialects import SOAP_DIALECTS
from .store_dialect import STORE_DIALECTS

DIALECTS: Mapping[str, Dialect] = {**SOAP_DIALECTS, **JSON_DIALECTS, **STORE_DIALECTS, **FILE_DIALECTS}
