"""hub database migrate, logins: the tables of this version, and who may do what with them."""

from __future__ import annotations

import typer

from hub.terminal import AsJson, console, show

app = typer.Typer(no_args_is_help=True)


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
