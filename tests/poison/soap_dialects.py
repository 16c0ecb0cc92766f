"""Poisoned sources over SOAP: the registry, and an operation that is known by its WSDL only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from connectors import open_source
from contracts.load import load_contracts
from tests.connectors.double import NOW, served
from tests.connectors.notary_double import notary_contract
from tests.connectors.notary_service import Service, answering, office, reply
from tests.connectors.registry_double import BrokenRegistry, registry_system

from .dialect import Place, Served
from .json_dialects import moved_birth, register

Spoil = Callable[[str], str]
TWICE: tuple[Spoil, Spoil] = (
    lambda text: text * 2,
    lambda text: text + text.replace("Trần", "Lê").replace("Văn", "Van"),
)
"""A record that comes twice, with one content and with two."""

OF_A_BIRTH: dict[str, Spoil] = {
    "a time that is none": lambda text: text.replace("2022-05-31T", "hôm qua "),
    "a required field missing": lambda text: text.replace("<maDonVi>27007</maDonVi>", ""),
    "a field twice": lambda text: text.replace("<so>1</so>", "<so>1</so><so>2</so>"),
    "a field nobody knows": lambda text: text.replace("<so>", "<soNha/><so>"),
    "a bare ampersand": lambda text: text.replace("Trần", "Trần & Lê"),
    "a record of another register": lambda text: text.replace("khaiSinh", "khaiTu"),
}
OF_AN_OFFICE: dict[str, Spoil] = {
    "a time that is none": lambda text: text.replace("2022-05-31T", "hôm qua "),
    "a required field missing": lambda text: text.replace("<t:loai>VPCC</t:loai>", ""),
    "a field twice": lambda text: text.replace("<t:loai>", "<t:loai>VPCC</t:loai><t:loai>", 1),
    "a field nobody knows": lambda text: text.replace("</toChuc>", "<t:la/></toChuc>"),
    "a text past its length": lambda text: text.replace("Văn phòng", "Văn phòng" * 300),
    "text between the fields": lambda text: text.replace("<t:loai>", "trôi<t:loai>", 1),
}


class RegistryDialect:
    """The registry of births."""

    contract = load_contracts()["birth"]
    now: datetime = NOW
    kinds = tuple(OF_A_BIRTH)
    registry = BrokenRegistry

    @contextmanager
    def opened(self, place: Place, count: int, bad: Mapping[int, int], size: int) -> Iterator[Served]:
        double = self.registry()
        double.incomplete, double.births = set(), register([self.key(number) for number in range(count)])
        double.broken = {self.key(number): [*OF_A_BIRTH.values(), *TWICE][kind] for number, kind in bad.items()}
        with served(double, "/moj/registry") as address:
            source = open_source(registry_system(address, page_size=size, attempts=1), self.contract)

            def mend(number: int, moved: bool) -> None:
                del double.broken[self.key(number)]
                if moved:
                    moved_birth(double, number, self.key(number))

            yield Served(source, mend)
            source.close()

    def key(self, number: int) -> str:
        return f"9{number:05d}"

    def mark(self, number: int) -> bytes:
        return b"<id>%b</id>" % self.key(number).encode()


class OperationDialect:
    """A list of offices, all of one day."""

    contract = notary_contract()
    now: datetime = NOW
    kinds = tuple(OF_AN_OFFICE)

    def sent(self, body: bytes) -> bytes:
        """A reply as it goes out."""
        return body

    @contextmanager
    def opened(self, place: Place, count: int, bad: Mapping[int, int], size: int) -> Iterator[Served]:
        offices = [office(number) for number in range(count)]
        for number, kind in bad.items():
            offices[number] = [*OF_AN_OFFICE.values(), *TWICE][kind](offices[number])

        def mend(number: int, moved: bool) -> None:
            offices[number] = office(number).replace("T08:00", "T09:00" if moved else "T08:00")

        def answer(first: str, last: str) -> bytes:
            return self.sent(reply(*offices) if last == "2022-05-31" else reply())

        with answering(Service(place.folder), answer) as source:
            yield Served(source, mend)

    def key(self, number: int) -> str:
        return f"CC79{number:06d}"

    def mark(self, number: int) -> bytes:
        return self.key(number).encode()


SOAP_DIALECTS = {"registry over SOAP": RegistryDialect(), "an operation of a WSDL": OperationDialect()}
