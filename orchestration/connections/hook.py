"""The hook of a source system: Airflow's *Test* button walks the check that `hub systems check` walks."""

from __future__ import annotations

from collections.abc import Mapping

from airflow.sdk.bases.hook import BaseHook

from contracts.errors import HubError
from orchestration.connections.lookup import SYSTEM, TYPE, fields_of


class SystemHook(BaseHook):
    """The credentials of one system of the deployment."""

    conn_name_attr = "motlan_conn_id"
    default_conn_name = "motlan_default"
    conn_type = TYPE
    hook_name = "Một Lần: hệ thống nguồn · source system"

    def __init__(self, motlan_conn_id: str = default_conn_name) -> None:
        super().__init__()
        self.connection_id = motlan_conn_id

    def get_conn(self) -> Mapping[str, str]:
        """Name -> secret."""
        return fields_of(self.get_connection(self.connection_id))

    def test_connection(self) -> tuple[bool, str]:
        """Whether the system lets these credentials in, and the first step that fails; no secret is in the words."""
        connection = self.get_connection(self.connection_id)
        system = connection.extra_dejson.get(SYSTEM)
        if not system:
            return False, "Name the system of the deployment in the field `system`: one-stop-1"
        from hub.app import open_hub
        from hub.operations.credentials import entry_of, tried

        try:
            with open_hub() as hub:
                probes = tried(hub, entry_of(hub, system), fields_of(connection))
        except HubError as error:
            return False, f"{type(error).__name__}: {error.message}"
        failed = next((each for each in probes if each.ok is False), None)
        if failed is not None:
            return False, f"{system}: {failed.step}: {failed.detail}"
        return True, f"{system} passes its check ({len(probes)} steps)"
