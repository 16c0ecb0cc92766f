"""All settings of the hub, from environment variables only. They are read once and passed on as values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, DirectoryPath, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.errors import DeploymentInvalid

ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Environment variables `HUB_<NAME>`. An unknown one is refused, so that no typing error stays unseen."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True)

    home: Path = Field(ROOT / "var", description="Folder of all state.")
    deployment: Path = Field(
        default_factory=(ROOT / "deployments" / "default").resolve,
        description="Folder of the deployment's files.",
    )
    scenario: str = Field(
        "",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]*)?$",
        description="Name of the state folder; by default the deployment's, for a scenario also records, dossiers, seed.",
    )
    records: int = Field(200_000, ge=1_000, description="Registrations in the twins' registry.")
    dossiers: int = Field(2_000, ge=10, description="Dossiers in each one-stop twin.")
    seed: int = Field(1, description="Seed of the twins' city.")
    as_of: AwareDatetime | Literal["now"] | None = Field(
        None,
        description="When a scenario's clock starts; by default the deployment says, or it is the real day. "
        "now: the real day, whatever the deployment says.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="postgresql:// URL of a server, for every duty without a URL of its own; by default the embedded one.",
    )
    migrating_url: SecretStr | None = Field(
        None, description="The same database, with its owner's login: hub database migrate."
    )
    loading_url: SecretStr | None = Field(
        None, description="The same database, with the login hub_loading: loading, and the city's own work."
    )
    answering_url: SecretStr | None = Field(
        None, description="The same database, with the login hub_answering: hub serve."
    )
    granting_url: SecretStr | None = Field(
        None, description="The same database, with the login hub_granting: hub grants, hub agencies."
    )
    wal_level: Literal["minimal", "replica"] | None = Field(
        None,
        description="Log of the embedded server: replica can be backed up, minimal loads faster; by default what it was "
        "last told, at first minimal.",
    )
    backups: Path | None = Field(
        None, description="Folder of backups, best on another disk; by default backups/ in the scenario's folder."
    )
    backup_url: SecretStr | None = Field(
        None,
        description="With database_url: the same server, with a login that has replication and may read all settings.",
    )
    postgres_bin: DirectoryPath | None = Field(
        None, description="Programs of a server's own release, to rehearse its backups; by default the embedded ones."
    )
    port_base: int = Field(
        8800,
        ge=1024,
        le=65000,
        description="First of ten loopback ports: +0 Airflow, +1 database, +2 twins, +3 twin of a WSDL, +4 API, +5 workbench.",
    )
    twins_url: str | None = Field(
        None, description="Base URL of twins that another host serves; by default this machine's."
    )
    store_url: SecretStr | None = Field(
        None, description="Database of the digitised store's twin, with its owner's login; by default an embedded one."
    )
    key_file: Path | None = Field(None, description="Master key file; by default keys.json in the scenario's folder.")
    secrets_file: Path | None = Field(
        None, description="Credentials of systems (JSON); by default secrets.json in the scenario's folder."
    )
    data: DirectoryPath | None = Field(
        None, description="Folder of full reference lists to load as well (admin_units/, tthc/); by default none."
    )
    workbench_url: str = Field(
        "", description="Address of the workbench as browsers see it, for Airflow's tab; by default this machine's."
    )
    airflow_url: str = Field(
        "",
        description="Address of Airflow's screen as browsers see it: it alone may show the workbench in a frame, and "
        "pages link to it; by default none.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server for notices: smtp://user:password@host:587 (STARTTLS); by default no mail is sent.",
    )
    mail_from: str = Field("", description="Sender of notices.")
    mail_to: str = Field("", description="Who gets notices, separated by commas.")
    webhook_url: SecretStr | None = Field(
        None, description="Address that notices are posted to, as signed JSON; by default none."
    )
    webhook_secret: SecretStr | None = Field(None, description="Key of the signatures of posted notices.")
    openid_issuer: str = Field(
        "",
        description="Provider of identities of the workbench (OpenID Connect), its issuer; empty: local accounts only.",
    )
    openid_client: str = Field("", description="What the provider calls the workbench (client_id).")
    openid_secret: SecretStr | None = Field(None, description="Its secret at the provider (client_secret).")
    openid_back: str = Field(
        "",
        description="Where the browser comes back to, as registered there: https://HOST:8805/signin/openid/back.",
    )
    batch_records: int = Field(10_000, ge=1, description="Records after which a batch is closed.")
    gate_share: float = Field(
        0.01,
        gt=0,
        le=1,
        description="Share of bulk batches that the declared suite sees before their merge, and that its daily run "
        "stages again; 1: every batch, small ones too.",
    )

    def url_for(self, duty: str) -> SecretStr | None:
        """The URL of the database for a duty (`hub/access/logins/duty.py`); None: the embedded server."""
        own: SecretStr | None = getattr(self, f"{duty}_url")
        return own or self.database_url

    @property
    def airflow_port(self) -> int:
        return self.port_base

    @property
    def database_port(self) -> int:
        return self.port_base + 1

    @property
    def twins_port(self) -> int:
        return self.port_base + 2

    @property
    def service_port(self) -> int:
        return self.port_base + 4

    @property
    def workbench_port(self) -> int:
        return self.port_base + 5

    @property
    def workbench_address(self) -> str:
        """Base URL of the workbench, as browsers see it."""
        return self.workbench_url.rstrip("/") or f"http://127.0.0.1:{self.workbench_port}"

    @property
    def service_address(self) -> str:
        """Base URL of the API: loopback only."""
        return f"http://127.0.0.1:{self.service_port}"

    @property
    def twins_address(self) -> str:
        """Base URL of the twins, for `{twins}` in a system's address."""
        return self.twins_url or f"http://127.0.0.1:{self.twins_port}"


def read_settings(**overrides: Any) -> Settings:
    """The settings of this process.

    Raises:
        DeploymentInvalid: an unknown HUB_ variable, or a value of the wrong kind.
    """
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("HUB_") and name not in known)
    if unknown:
        raise DeploymentInvalid(f"Unknown setting {', '.join(unknown)}", hint=f"known are {', '.join(sorted(known))}")
    try:
        return Settings(**overrides)
    except ValueError as error:
        problems = "; ".join(f"HUB_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())  # type: ignore[attr-defined]
        raise DeploymentInvalid(f"Settings cannot be used: {problems}") from None
