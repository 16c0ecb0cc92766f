"""From judged rows to a stage: what a fingerprint covers."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from hub.core.crypto import Keys
from hub.load.stage import SEPARATOR, staged_frame
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
