"""hub accounts list, add, link, renew, disable."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.terminal import AsJson, Because, By, show, show_one

app = typer.Typer(no_args_is_help=True)
Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Small letters and digits.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Accounts of the workbench, with role, unit and last sign-in."""
    from hub.accounts import store
    from hub.app import open_hub

    with open_hub() as hub, hub.engine.connect() as connection:
        show(store.listed(connection), as_json=as_json, title="Accounts")


@app.command()
def add(
    login: Login,
    because: Because,
    by: By,
    name: Annotated[str, typer.Option(help="Name of the officer.")],
    role: Annotated[str, typer.Option(help="engineer, auditor, clerk, jurist, leader or administrator.")],
    unit: Annotated[str, typer.Option(help="Code of the unit that a clerk is held to, e.g. 760.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add an account and print its password once; it is changed at the first sign-in."""
    from hub.accounts import store
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.core.errors import NotFound
    from hub.core.units import Unknown, read_units

    person = Actor(by, because)
    with open_hub() as hub:
        found = read_units(hub.deployment.folder / "reference").at(unit, hub.deployment.today) if unit else None
        if isinstance(found, Unknown):
            raise NotFound(f"No unit {unit} on {hub.deployment.today}", hint="its code, of 2, 3 or 5 digits")
        with hub.engine.begin() as connection:
            password = store.add(connection, login, name, role, unit, person, hub.scenario.now())
    show_one({"login": login, "role": role, "unit": unit, "password": password}, as_json=as_json)


@app.command()
def link(
    login: Login,
    because: Because,
    by: By,
    subject: Annotated[str, typer.Option(help="What the provider of identities, or Airflow, calls the person.")],
    airflow: Annotated[bool, typer.Option("--airflow", help="The subject is a user of Airflow.")] = False,
) -> None:
    """Say that an identity of the provider (HUB_OPENID_ISSUER), or a user of Airflow, opens an account."""
    from hub.accounts import openid_store
    from hub.accounts.airflow_sign_in import AIRFLOW
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.core.errors import NotFound

    person = Actor(by, because)
    with open_hub() as hub:
        issuer = AIRFLOW if airflow else hub.settings.openid_issuer
        if not issuer:
            raise NotFound("No provider of identities is set", hint="HUB_OPENID_ISSUER, or --airflow")
        with hub.engine.begin() as connection:
            openid_store.link(connection, login, issuer, subject, person, hub.scenario.now())
    print(f"{login}: linked")


@app.command()
def renew(login: Login, because: Because, by: By, as_json: AsJson = False) -> None:
    """Give an account a new password, printed once; its sessions end."""
    from hub.accounts import store
    from hub.app import open_hub
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        password = store.renew(connection, login, person, hub.scenario.now())
    show_one({"login": login, "password": password}, as_json=as_json)


@app.command()
def disable(login: Login, because: Because, by: By) -> None:
    """End an account and its sessions at once; what it did stays."""
    from hub.accounts import store
    from hub.app import open_hub
    from hub.core.actions import Actor

    person = Actor(by, because)
    with open_hub() as hub, hub.engine.begin() as connection:
        store.disable(connection, login, person, hub.scenario.now())
    print(f"{login}: disabled")
