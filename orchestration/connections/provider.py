"""The provider: what Airflow shows of the connection type, read without importing the hook."""

from __future__ import annotations

from typing import Any

from orchestration.connections.lookup import FIELDS, SECRET_FIELDS, TYPE

HOOK = "orchestration.connections.hook.SystemHook"
LABELS = {
    "system": "Mã hệ thống · Id of the system (one-stop-1)",
    "client_id": "Mã ứng dụng · Client id",
    "client_secret": "Khóa bí mật của ứng dụng · Client secret",
    "access_key": "Khóa truy cập · Access key",
    "secret_key": "Khóa bí mật · Secret key",
    "app_name": "Tên ứng dụng · Application name",
    "partner_code": "Mã đối tác · Partner code",
}


def get_provider_info() -> dict[str, Any]:
    """As Airflow 3 wants it; its own schema checks it."""
    return {
        "package-name": "motlan",
        "name": "Một Lần",
        "description": "Source systems of the data-interchange hub: their credentials, and a test that walks their check.",
        "connection-types": [
            {
                "connection-type": TYPE,
                "hook-class-name": HOOK,
                "hook-name": "Một Lần: hệ thống nguồn · source system",
                "conn-fields": {name: _field(name) for name in ("system", *FIELDS)},
                "ui-field-behaviour": {
                    "hidden-fields": ["host", "port", "schema"],
                    "relabeling": {"login": "Tên đăng nhập · User name", "password": "Mật khẩu · Password"},
                    "placeholders": {"system": "one-stop-1"},
                },
            }
        ],
    }


def _field(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": ["string", "null"]}
    if name in SECRET_FIELDS:
        schema["format"] = "password"
    return {"label": LABELS[name], "schema": schema}
