"""hub feed list, show, build, approve, send, status, refusals, expire, proof, pin, rebuild, explain, schema, keys, samples; and
`feed_records`.

More than 300 lines stand here on purpose: one file is one group of commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.feed_records import add_to_feed, require_each_submitted, show_submitted, submit_each
from hub.terminal import AsJson, Because, By, show, show_one

app = typer.Typer(no_args_is_help=True)
PROVEN = ("at", "who", "law", "counts", "payload_sha256", "manifest_sha256", "found", "key")
"""What a screen shows of a proof of deletion."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """The declared feeds: receiver, contract, what waits to be delivered, and the newest delivery."""
    from hub.app import open_hub
    from hub.feeds import listing

    with open_hub() as hub, hub.engine.connect() as connection:
        found = listing.feeds(connection, hub.declared_feeds.values())
    show(found, as_json=as_json, title="Feeds")


@app.command("show")
def show_(feed: str, as_json: AsJson = False) -> None:
    """One feed: its deliveries, newest first, each with its state and its days."""
    from hub.app import open_hub
    from hub.feeds import listing

    with open_hub() as hub, hub.engine.connect() as connection:
        found = listing.deliveries(connection, hub.feed(feed).id)
    show(found, as_json=as_json, title=f"Deliveries of {feed}")


@app.command()
def build(
    feed: str,
    snapshot: Annotated[bool, typer.Option("--snapshot", help="All records again, instead of what changed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build the next delivery of a feed: signed, sealed for its receiver, and released if a person approved the feed."""
    from hub.app import open_hub
    from hub.feeds.releases import row_of

    with open_hub() as hub:
        declared = hub.feed(feed)
        hub.publish_feeds()
        made = hub.delivery_builder().build(declared, snapshot=snapshot)
        with hub.engine.connect() as connection:
            row = row_of(connection, feed, int(made.rpartition("-")[2]))
    said = {"delivery": made, "kind": row.kind, "state": row.state, "put": row.put, "deleted": row.deleted}
    if row.state == "built":
        said["next"] = f"hub feed approve {feed}: a person looks at its terms first"
    show_one(said, as_json=as_json)


@app.command()
def approve(feed: str, because: Because, by: By, as_json: AsJson = False) -> None:
    """Let a feed begin under its terms of today, and release what waits for it. New terms are approved anew."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.feeds import approvals, releases
    from hub.feeds.building import under_grants_in_force

    with open_hub() as hub:
        now = hub.scenario.now()
        declared = hub.feed(feed)
        hub.publish_feeds()
        with hub.engine.begin() as connection:
            terms = under_grants_in_force(connection, declared).terms(hub.deployment.local_day(now)).digest
            new = approvals.approve(connection, feed, terms, Actor(by, because), now)
            released = releases.release_waiting(connection, feed, terms, hub.keys, now)
    show_one({"feed": feed, "terms": terms[:16], "approved now": new, "released": released}, as_json=as_json)


@app.command()
def send(
    feed: Annotated[str | None, typer.Argument(metavar="[FEED]")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every feed that is pushed or submitted.")] = False,
    as_json: AsJson = False,
) -> None:
    """Push or submit what waits to its receiver, and ask about what may have come; exit code 75 while anything is not settled."""
    from connectors import open_sink
    from hub.app import open_hub
    from hub.core.errors import NotFound
    from hub.sending import refusals
    from hub.sending.sender import require_settled, send_each

    if (feed is None) != all_:
        raise NotFound("Which feed?", hint="hub feed send FEED, or hub feed send --all")
    with open_hub() as hub:
        hub.publish_feeds()
        day = hub.deployment.local_day(hub.scenario.now())
        leaving = [each for each in hub.declared_feeds.values() if each.file.system if each.on(day)]
        chosen = [hub.feed(feed)] if feed else leaving
        submitted = submit_each(hub, [each for each in chosen if each.submitted])
        built = [each for each in chosen if not each.submitted]
        done = send_each(hub.feed_sender(), built, lambda each: open_sink(hub.system(each.file.system)))
        refusals.look(hub.engine, built, hub.scenario.now())
    rows = [
        {
            "feed": each.feed,
            "acknowledged": each.states["acknowledged"],
            "refused": each.states["refused"],
            "taken, not judged": each.states["sent"],
            "not settled": "; ".join(f"{type(error).__name__}: {error.message}" for error in each.errors) or "nothing",
        }
        for each in done
    ]
    if rows or not submitted:
        show(rows, as_json=as_json, title="Sent now")
    if submitted:
        show_submitted(submitted, as_json=as_json)
    require_settled(done)
    require_each_submitted(submitted)


@app.command()
def status(as_json: AsJson = False) -> None:
    """How far each feed is: acknowledged up to which delivery, what waits, what is unknown, and what came last."""
    from hub.app import open_hub
    from hub.sending.status import status as read_status
    from hub.submitting.reading import status as read_submitted

    with open_hub() as hub, hub.engine.connect() as connection:
        found = read_status(connection, hub.feeds.values())
        submitted = [each for each in hub.declared_feeds.values() if each.submitted]
        records = read_submitted(connection, submitted)
    if as_json:
        show([*found, *records], as_json=True, title="The way out")
        return
    show(found, as_json=False, title="The way out")
    if records:
        show(records, as_json=False, title="Submitted record by record")


@app.command()
def refusals(
    feed: Annotated[str | None, typer.Argument(metavar="[FEED]")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also those whose records the receiver accepted since.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest delivery first.")] = 500,
    xlsx: Annotated[Path | None, typer.Option(help="Write them as a workbook too; no cell is a formula.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rows that receivers refused: line, reason, and the case of each, which this opens where nobody had looked yet."""
    from hub.app import open_hub
    from hub.sending import refusals as refused

    with open_hub() as hub:
        chosen = [hub.feed(feed)] if feed else list(hub.feeds.values())
        refused.look(hub.engine, chosen, hub.scenario.now())
        with hub.engine.connect() as connection:
            rows = refused.listed(connection, [each.id for each in chosen], everything=all_, limit=limit)
    if xlsx is not None:
        from hub.feeds.forms.workbook import workbook

        xlsx.write_bytes(workbook(rows, "Refused rows"))
    show(rows, as_json=as_json, title="Refused rows")


@app.command()
def expire(as_json: AsJson = False) -> None:
    """Delete the deliveries whose retention is over; hashes, counts and a signed proof remain. For cron, once a day."""
    from hub.app import open_hub
    from hub.operations import daily

    with open_hub() as hub:
        gone = daily.expire(hub)
    show([{"delivery": each} for each in gone], as_json=as_json, title="Deleted now")


@app.command()
def proof(
    delivery: str,
    out: Annotated[Path | None, typer.Option(help="Folder into which the signed proofs are written.")] = None,
    as_json: AsJson = False,
) -> None:
    """What proves that a delivery was deleted after its retention: the city's word, and the receiver's if it sent one."""
    from hub.app import open_hub
    from hub.core.errors import NotFound
    from hub.sending import expiry

    feed, _, number = delivery.rpartition("-")
    if not number.isdecimal():
        raise NotFound(f"No delivery {delivery}", hint="an id is its feed and number: moj-births-00000001")
    with open_hub() as hub, hub.engine.connect() as connection:
        found = expiry.proofs(connection, hub.feed(feed), int(number))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for side, _, body in found:
            (out / f"{delivery}.{side}.json").write_bytes(body)
    rows = [{"by": side, **{name: said.get(name) for name in PROVEN}} for side, said, _ in found]
    show(rows, as_json=as_json, title=f"Proofs of deletion of {delivery}")


@app.command()
def pin(receiver: str, file: Path, because: Because, by: By, as_json: AsJson = False) -> None:
    """Pin a receiver's public key, after its id was compared by another way than that by which the file came."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.feeds import approvals

    with open_hub() as hub, hub.engine.begin() as connection:
        use, key = approvals.pin(connection, receiver, file.read_bytes(), Actor(by, because), hub.scenario.now())
    show_one({"receiver": receiver, "use": use, "key": key}, as_json=as_json)


@app.command()
def rebuild(delivery: str, as_json: AsJson = False) -> None:
    """Make a past delivery again from history: the same content, or exit code 4; after its retention it is expired."""
    from hub.app import open_hub
    from hub.core.errors import NotFound
    from hub.feeds.rebuilding import rebuild as make_again

    feed, _, number = delivery.rpartition("-")
    with open_hub() as hub:
        if not number.isdecimal():
            raise NotFound(f"No delivery {delivery}", hint="an id is its feed and number: moj-births-00000001")
        builder = hub.delivery_builder()
        made = make_again(hub.engine, hub.keys, builder.folder, hub.feed(feed), int(number), hub.scenario.now())
    show_one({"delivery": made.delivery, "content": "as sent", "same bytes": made.same_bytes}, as_json=as_json)


@app.command()
def explain(
    delivery: str,
    line: Annotated[int, typer.Argument(min=1, metavar="ROW", help="Its line in the delivery, from 1.")],
    field: Annotated[str, typer.Argument(help="Wire name of the field.")],
    because: Because,
    by: By,
    as_json: AsJson = False,
) -> None:
    """Where a field of a delivery came from: record, version, batch, page, and the value as its source sent it."""
    from hub.app import open_hub
    from hub.core.actions import Actor
    from hub.core.errors import NotFound
    from hub.recall.explaining import explain as explained

    feed, _, number = delivery.rpartition("-")
    if not number.isdecimal():
        raise NotFound(f"No delivery {delivery}", hint="an id is its feed and number: moj-births-00000001")
    with open_hub() as hub:
        found = explained(hub, hub.feed(feed), int(number), line, field, Actor(by, because))
    show_one(found, as_json=as_json)


@app.command()
def schema(feed: str) -> None:
    """The XSD that the feed's XML is valid against, made from its contract."""
    from hub.app import open_hub
    from hub.feeds.forms.xml_lines import xsd

    with open_hub() as hub:
        declared = hub.feed(feed)
        print(xsd(declared.dataset, declared.file.columns))


@app.command()
def keys(
    rotate: Annotated[bool, typer.Option("--rotate", help="Make a new key, which signs from now on.")] = False,
    as_json: AsJson = False,
) -> None:
    """The city's public signing keys, the newest first: receivers pin them, and compare the ids on paper."""
    from hub.app import open_hub
    from hub.feeds import signing

    with open_hub() as hub:
        folder = hub.scenario.folder / "feed-keys"
        signing.signers(folder)
        if rotate:
            signing.rotate(folder)
        found = signing.signers(folder)
    rows = [{"key": each.id, "signs": n == 0, "public key": each.public_pem} for n, each in enumerate(found)]
    show(rows, as_json=as_json, title="Signing keys")


@app.command()
def samples(
    folder: Path,
    number: Annotated[int, typer.Option(min=10, help="Births in the snapshot.")] = 200,
    form: Annotated[str, typer.Option(help="jsonl.gz, csv.gz, xml.gz or parquet.")] = "jsonl.gz",
    as_json: AsJson = False,
) -> None:
    """Write sample deliveries of invented people, to try the receiver's kit with; one copy has a forged one."""
    from hub.core.errors import NotFound
    from hub.feeds.forms import FORMS
    from hub.feeds.samples import write_samples

    if form not in FORMS:
        raise NotFound(f"No form {form}", hint=f"known are {', '.join(FORMS)}")
    written = write_samples(folder, number, form=form)
    rows = [
        {
            "delivery": each.folder.name,
            "put": each.payload.put,
            "deleted": each.payload.delete,
            "bytes": each.payload.bytes,
        }
        for each in written
    ]
    show(rows, as_json=as_json, title=f"Sample deliveries in {folder}")


add_to_feed(app)
