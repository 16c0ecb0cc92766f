"""Settings: from the environment only, and a typing error is an error."""

import pytest

from contracts.errors import DeploymentInvalid
from hub.core.settings import read_settings


def test_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """HUB_RECORD instead of HUB_RECORDS would silently do nothing."""
    monkeypatch.setenv("HUB_RECORD", "10")

    with pytest.raises(DeploymentInvalid, match=r"Unknown setting HUB_RECORD"):
        read_settings()


def test_wrong_value_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which one."""
    monkeypatch.setenv("HUB_RECORDS", "many")

    with pytest.raises(DeploymentInvalid, match="HUB_RECORDS"):
        read_settings()


def test_database_url_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds a password."""
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql://hub:canary@db/hub")

    assert "canary" not in repr(read_settings())
