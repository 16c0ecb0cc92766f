"""Files of rules across registers: what cannot be carried out is refused, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.cross_rules import FOLDER, load_cross_rules
from contracts.errors import DeploymentInvalid
from contracts.load import load_contracts

GOOD = (FOLDER / "married-after-death.rule.yaml").read_text(encoding="utf-8")
AFTER = "{left: dataset.ngayDangKy, is: after, right: with.nktNgayChet}"


@pytest.mark.parametrize(
    ("old", "new", "word", "line"),
    [
        ("dataset: marriage", "dataset: wedding", "no dataset wedding", 7),
        ("[chongSoGiayToTuyThan, nkt", "[chongHoTen, nkt", "no identity number", 10),
        ("with.nktNgayChet", "with.ngayChet", "no field with.ngayChet", 13),
        ("is: after", "is: older", "operation|is", 13),
        (AFTER, "{left: dataset.ngayDangKy, is: after}", "not said", 13),
        (AFTER, "{left: dataset.ngayDangKy, is: after, right: with.nktHoTen}", "no partial date", 13),
        (AFTER, "{left: with.nktNguyenNhanChet, is: empty}", "rests encrypted", 13),
        (AFTER, "{left: unless.ngayDangKy, is: empty}", "no field unless", 13),
        ("rule: married-after-death", "rule: another", "stands in", 1),
    ],
)
def test_what_cannot_be_carried_out_is_refused(tmp_path: Path, old: str, new: str, word: str, line: int) -> None:
    """Nothing is read past: neither a field that is not there, nor a statement that no query can make."""
    file = tmp_path / "married-after-death.rule.yaml"
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeploymentInvalid, match=word) as refused:
        load_cross_rules(load_contracts(), tmp_path)
    assert abs(int(str(refused.value).split(":")[1]) - line) <= 1
