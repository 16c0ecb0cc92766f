"""All persons and couples of the city, one column a property."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from twins.city.columns import Days, Index, Mask

ETHNIC = ("Kinh", "Hoa", "Khơ-me", "Chăm", "Tày", "Nùng")
FOREIGN_NATIONS = ("Hàn Quốc", "Trung Quốc (Đài Loan)", "Hoa Kỳ", "Nhật Bản", "Đức")


@dataclass(frozen=True)
class Couples:
    """Pairs who share a home and may have children; `married` is NEVER for those who did not marry."""

    husband: Index
    wife: Index
    since: Days
    married: Days
    home: Index


@dataclass(frozen=True)
class PersonTable:
    """All persons, founders and newcomers before those born here."""

    female: Mask
    born: Days
    died: Days
    father: Index
    mother: Index
    parents: Index
    """The couple they were born to; -1 for founders and newcomers."""
    couple: Index
    """The couple they form; -1 if none."""
    birthplace: Index
    native: Index
    """Quê quán: the father's, by custom."""
    ethnic: Index
    nation: Index
    """-1 Vietnamese, else an index into FOREIGN_NATIONS."""
    home: Index
    name: pl.Series
    personal_id: pl.Series
    """12 digits; null for foreigners."""
    old_id: pl.Series
    """9 digits (CMND); null for those too young to have had one."""
    couples: Couples
    homes: pl.Series
    """Addresses as text; home h stands in ward `home_ward[h]`."""
    home_ward: Index

    def __len__(self) -> int:
        return len(self.born)
