"""hub database migrate, logins, auditors, admit, dismiss: the tables of this version, and who may do what with them."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.terminal import AsJson, Because, By, console, show

app = typer.Typer(no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="A login of the database, a member of hub_auditing.")]
Scope = Annotated[str, typer.Option(help="A system or an agency (its code); *: the whole city.")]


@app.command()
def migrate() -> None:
    """Bring tables, indexes, policies and rights to this version and its contracts, as the owner of the database."""
    from hub.access.logins.duty import Duty
    from hub.answers.disclosure.disclosure import Disclosure
    from hub.app import open_hub
    from hub.core.database import head
    from hub.evidence import indexes

    with open_hub(duty=Duty.MIGRATING) as hub:
        if (hub.deployment.folder / "grants.yaml").exists():
            Disclosure.of(hub)  # the first version of the grants, and its rows by the lists of units
        indexes.build(hub.engine, hub.contracts)
        console.print(f"the database is at version {head()}")


@app.command()
def logins(
    statements: bool = typer.Option(
        False, "--statements", help="Print what an administrator of the server runs to make them."
    ),
    as_json: AsJson = False,
) -> None:
    """The logins of each duty: whether the server has them, and which rights are missing or too much."""
    from hub.access.logins import duty
    from hub.access.logins import statements as rights
    from hub.access.logins.duty import Duty
    from hub.app import open_hub

    with open_hub(duty=Duty.MIGRATING) as hub, hub.engine.connect() as connection:
        there = frozenset(rights.existing(connection))
        name = str(hub.engine.url.database)
        lacking = rights.missing(connection)
    if statements:
        typer.echo("".join(f"{each};\n" for each in duty.to_make(name, there)), nl=False)
        return
    rows = [
        {
            "duty": each.value,
            "login": role,
            "there": role in there,
            "takes on": ", ".join(duty.TAKES_ON.get(each, ())),
            "to mend": sum(role in statement for statement in lacking),
        }
        for each, role in duty.ROLES.items()
    ]
    show(rows, as_json=as_json, title="Logins of the database, beside its owner")


@app.command()
def auditors(as_json: AsJson = False) -> None:
    """Which login may see which rows of the views `audit.*`, and who decided it."""
    from hub.access.auditing import auditors as known
    from hub.access.logins.duty import Duty
    from hub.app import open_hub

    with open_hub(duty=Duty.MIGRATING) as hub, hub.engine.connect() as connection:
        show([vars(each) for each in known.listed(connection)], as_json=as_json, title="Auditors, newest first")


@app.command()
def admit(login: Login, because: Because, by: By, scope: Scope = "*") -> None:
    """Let an auditor's login see the rows of a system or an agency, or of the whole city."""
    from hub.access.auditing import auditors as known
    from hub.access.logins.duty import Duty
    from hub.app import open_hub
    from hub.core.actions import Actor

    with open_hub(duty=Duty.MIGRATING) as hub, hub.engine.begin() as connection:
        known.admit(connection, login, scope, Actor(by, because))
    console.print(f"{login} sees {'the whole city' if scope == known.CITY else scope}")


@app.command()
def dismiss(login: Login, because: Because, by: By, scope: Scope = "*") -> None:
    """End what an auditor's login may see, at once."""
    from hub.access.auditing import auditors as known
    from hub.access.logins.duty import Duty
    from hub.app import open_hub
    from hub.core.actions import Actor

    with open_hub(duty=Duty.MIGRATING) as hub, hub.engine.begin() as connection:
        known.dismiss(connection, login, scope, Actor(by, because))
    console.print(f"{login} sees {'the whole city' if scope == known.CITY else scope} no more")
