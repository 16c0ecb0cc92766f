"""The store of digitised books: a contractor's database with one table for each register, each row keyed by two clerks.

The columns of a register are the book's fields (Công văn 1437/BTP-CNTT, 25/04/2019) and the store's own: ID,
TinhTrangID (state of the work on a row), NamMoSo (year in which the book was opened), NgayCapNhat, and the path of the
scan. `noiDangKy` is a code in the store's own table of places, whose IDMap is the unit's national code. Stores differ,
so the deployment declares:

    tables    {birth: HT_KHAISINH, ...}: contract -> table
    maps      folder with a field map for each contract, `<contract>.yaml` (`connectors/mapping.py`)
    key       column of the key, unique in its table
    changed   column of the change time, local; left out: the table is read whole each time, by key
    state     {column: TinhTrangID, finished: [5, 6, 7]}: rows in other states are still being worked on, and not read
    places    {table, column, code, unit, parent}: `column` of a register holds `code` of `table`, whose `unit` is the national code
    years     {column: NamMoSo, from: 2005, to: 2006}: books that are read; left out: all
    kept      columns without a field that are landed too: path of the scan, flags

Here:

    store      one register of the store as a Source: pages, and records of a landed page
    register   the register's table as the deployment describes it: columns, rows, order
    landed     a page as bytes, and back
    check      the lines of `hub systems check`
"""

from __future__ import annotations

from contracts.model import Contract

from ...interface import System
from .store import DigitisedStore


def source(system: System, contract: Contract) -> DigitisedStore:
    """One register of the store."""
    return DigitisedStore(system, contract)
