"""Showcase of the portals: dossiers in two systems, states that differ, uses of e-identification. Only counts."""

from __future__ import annotations

import sqlalchemy as sa

from hub.app import Hub
from hub.evidence import dossier_links
from hub.operations import e_identification_figures
from hub.terminal import console


def dossiers_of_two_systems(hub: Hub) -> None:
    """Show how many dossiers both a portal and a district have, under which numbers, and where the states differ."""
    with hub.engine.connect() as connection:
        dossiers, alone, renamed = connection.execute(
            sa.text(f"""
            select count(*), count(*) filter (where {dossier_links.counted("d")}), count(d.ma_ho_so_khac)
            from warehouse.dossier d join hub.stream s on s.system = d._system and s.contract = 'dossier' and s.repeats""")
        ).one()
        if not dossiers:
            return
        differ = dossier_links.disagreements(connection)
        uses = e_identification_figures.figures(connection)
    rewritten = sum(each.rewritten for each in differ)
    console.print(
        f"\nThe portals have {dossiers:,} dossiers; a district has {dossiers - alone:,} of them too ({renamed:,} under another number): linked,"
        " never merged, counted once."
        f"\n  {len(differ):,} have another state there, {rewritten:,} by the senders' rewriting of 5, 6 and 8 to 9: hub dossiers disagreements"
    )
    for row in uses:
        if row["month"] == "all":
            share = f"of {row['prefilled']:,} fields filled in, {row['corrected %']} % were corrected"
            console.print(f"  {row['dossiers']:,} dossiers used {row['system']}; {share}")
