"""From judged rows to a stage: what a fingerprint covers, and what COPY makes of a text."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core.crypto import Keys
from hub.load.stage import SEPARATOR, copy_to_stage, staged_frame
from hub.load.warehouse import stage_columns
from tests.hub.conftest import PARENT, field_of

NAMES = [f"F{number}" for number in range(6)]
WIDE = replace(
    PARENT,
    fields=(
        *PARENT.fields[:2],
        *(field_of(name, name.lower(), transport=name == "F3") for name in NAMES),
    ),
)


@given(
    st.lists(st.booleans(), min_size=6, max_size=6).flatmap(
        lambda silent: st.lists(
            st.tuples(*(st.none() if each else st.sampled_from([None, "", "a", "b"]) for each in silent)), min_size=1
        )
    )
)
def test_a_fingerprint_covers_the_content_whichever_columns_are_silent(rows: list[tuple[str | None, ...]]) -> None:
    """Values in the contract's order, null as empty, trailing empty ones cut, transport fields left out: in each batch
    the same, or every record would look changed."""
    keys = Keys(b"k" * 32)
    frame = pl.DataFrame(
        {
            "ma_ho_so": [str(number) for number in range(len(rows))],
            "ngay_cap_nhat": ["2022-06-01T01:00:00+00:00"] * len(rows),
            **{name.lower(): [row[at] for row in rows] for at, name in enumerate(NAMES)},
            "_landing": [1] * len(rows),
            "_row": list(range(1, len(rows) + 1)),
            "_owner": [None] * len(rows),
            "_broken": [None] * len(rows),
            "_findings": [None] * len(rows),
        },
        schema_overrides={name.lower(): pl.String for name in NAMES}
        | {"_broken": pl.String, "_findings": pl.String, "_owner": pl.Int64},
    )
    contents = [
        SEPARATOR.join([str(number), *(v or "" for at, v in enumerate(row) if at != 3)]).rstrip(SEPARATOR).encode()
        for number, row in enumerate(rows)
    ]

    assert staged_frame(WIDE, frame, keys)["_hash"].to_list() == keys.fingerprints(contents)


TEXTS = st.sampled_from(
    [None, "a", "\\", "\\N", "\\.", "\\x41", "a\tb", "a\nb", "a\r\nb", 'nói "một"', "hai, ba", "a\\tb", "NULL", "ý"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_every_text_arrives_as_it_was_staged(engine: sa.Engine, rows: list[tuple[str | None, str | None]]) -> None:
    """Backslashes, tabs and line ends mean something to COPY; F3 is a transport field, which no fingerprint covers."""
    dataset = replace(WIDE, fields=(*PARENT.fields[:2], field_of("F0", "f0"), field_of("F3", "f3", transport=True)))
    frame = pl.DataFrame(
        {
            "ma_ho_so": [str(number) for number in range(len(rows))],
            "ngay_cap_nhat": "2022-06-01T01:00:00+00:00",
            "f0": [row[0] for row in rows],
            "f3": [row[1] for row in rows],
            "_landing": 1,
            "_row": list(range(1, len(rows) + 1)),
            "_owner": None,
            "_broken": None,
            "_findings": None,
        },
        schema_overrides={"f0": pl.String, "f3": pl.String, "_broken": pl.String, "_findings": pl.String}
        | {"_owner": pl.Int64},
    )
    staged = staged_frame(dataset, frame, Keys(b"k" * 32))
    with engine.begin() as connection:
        copy_to_stage(connection, "texts", stage_columns(dataset), staged)
        found = connection.execute(sa.text("select f0, f3, _hash from stage.texts order by _row")).all()

    assert [(*row, bytes.fromhex(hash_)) for row, hash_ in zip(rows, staged["_hash"], strict=True)] == [
        (*row[:2], bytes(row[2])) for row in found
    ]
