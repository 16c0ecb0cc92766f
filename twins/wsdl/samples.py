"""Values and elements out of a schema: synthetic, valid by its own words, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from random import Random

from lxml import etree

from twins.wsdl.sample_texts import invent_text
from twins.wsdl.types import XS, Description

DEEPEST = 12
"""How deep a type that may hold itself is filled."""


class Inventor:
    """Makes elements of one WSDL. An element that bears name and place of one in the request repeats it."""

    def __init__(self, description: Description, *, records: int) -> None:
        """`records` is how many of a repeated element there are at most."""
        self._records = records
        self._declared: dict[tuple[str, str], etree._Element] = {}
        for schema in description.schemas:
            space = schema.get("targetNamespace", "")
            for each in schema:
                if isinstance(each.tag, str) and each.get("name"):
                    self._declared[etree.QName(each).localname, f"{{{space}}}{each.get('name')}"] = each

    def element(self, name: str, chance: Random, request: etree._Element) -> etree._Element:
        """A whole element by its global declaration, as the answer to a request."""
        said = {
            path: (each.text or "")
            for each in request.iter()
            if len(each) == 0 and isinstance(each.tag, str) and (path := _path(each, request))
        }
        span = _span(said.values())
        return self._made(self._declared["element", name], name, chance, said, span, "", 0)

    def _made(
        self,
        declared: etree._Element,
        tag: str,
        chance: Random,
        said: Mapping[str, str],
        span: tuple[date, date],
        path: str,
        depth: int,
    ) -> etree._Element:
        made = etree.Element(tag)
        kind = self._type(declared)
        if kind is not None and kind.tag == f"{XS}complexType":
            for each in self._particles(kind):
                for child, child_tag, number in self._chosen(each, chance, depth):
                    below = f"{path}/{child.get('name')}" if path else str(child.get("name"))
                    repeats = said if number == 0 else {}
                    made.append(self._made(child, child_tag, chance, repeats, span, below, depth + 1))
            for attribute in kind.iter(f"{XS}attribute"):
                if attribute.get("use") == "required" and attribute.get("name") and _owner(attribute) is kind:
                    made.set(
                        str(attribute.get("name")),
                        self._value(self._type(attribute), attribute.get("type", "string"), chance, span),
                    )
            if kind.find(f"{XS}simpleContent") is not None:
                made.text = self._value(kind, "", chance, span)
        else:
            made.text = said[path] if path in said else self._value(kind, declared.get("type", "string"), chance, span)
        return made

    def _chosen(
        self, particle: etree._Element, chance: Random, depth: int
    ) -> Iterable[tuple[etree._Element, str, int]]:
        """The elements that a particle becomes: none, one, or many."""
        declared = particle
        if reference := particle.get("ref"):
            declared = self._declared["element", _expanded(particle, reference)]
        tag = self._tag(declared)
        least, most = int(particle.get("minOccurs", "1")), particle.get("maxOccurs", "1")
        if most == "1":
            # What says no (faultCode, maLoi) is optional, and an honest twin has nothing to refuse.
            wanted = (
                1
                if least == 1
                else int(depth < DEEPEST and not _says_no(str(declared.get("name"))) and chance.random() < 0.7)
            )
        else:
            limit = self._records if most == "unbounded" else min(self._records, int(most))
            wanted = chance.randint(least, max(least, limit)) if depth < DEEPEST else least
        return [(declared, tag, number) for number in range(wanted)]

    def _particles(self, kind: Iterable[etree._Element]) -> Iterable[etree._Element]:
        """The element particles of a complex type, in order; of a choice the first."""
        for each in kind:
            if each.tag == f"{XS}element":
                yield each
            elif each.tag == f"{XS}choice":
                yield from self._particles(each[:1])
            elif each.tag in (f"{XS}sequence", f"{XS}all"):
                yield from self._particles(each)
            elif each.tag == f"{XS}group" and each.get("ref"):
                yield from self._particles(self._declared["group", _expanded(each, str(each.get("ref")))])
            elif each.tag == f"{XS}complexContent":
                for derived in each:
                    base = self._declared.get(("complexType", _expanded(derived, derived.get("base", ""))))
                    if derived.tag == f"{XS}extension" and base is not None:
                        yield from self._particles(base)
                    yield from self._particles(derived)

    def _type(self, declared: etree._Element) -> etree._Element | None:
        if given := declared.get("type"):
            name = _expanded(declared, given)
            return self._declared.get(("complexType", name), self._declared.get(("simpleType", name)))
        inner = declared.find(f"{XS}complexType")
        return inner if inner is not None else declared.find(f"{XS}simpleType")

    def _tag(self, declared: etree._Element) -> str:
        schema = declared.getroottree().getroot()
        qualified = (
            declared.getparent() is schema or declared.get("form", schema.get("elementFormDefault")) == "qualified"
        )
        space = schema.get("targetNamespace")
        return f"{{{space}}}{declared.get('name')}" if qualified and space else str(declared.get("name"))

    # -- text -------------------------------------------------------------------------------------

    def _value(self, kind: etree._Element | None, named: str, chance: Random, span: tuple[date, date]) -> str:
        facets: dict[str, list[str]] = {}
        base = named.rpartition(":")[2]
        for _ in range(20):
            if kind is None:
                break
            derived = next(iter(kind.iter(f"{XS}restriction", f"{XS}extension", f"{XS}union", f"{XS}list")), None)
            if derived is None:
                break
            inner = derived.find(f"{XS}simpleType")
            if derived.tag in (f"{XS}union", f"{XS}list"):
                base = (derived.get("memberTypes") or derived.get("itemType") or "string").split()[0]
            else:
                base = derived.get("base", "")
                for each in derived:
                    facets.setdefault(etree.QName(each).localname, []).append(each.get("value", ""))
            name = _expanded(derived, base)
            kind = self._declared.get(("simpleType", name), self._declared.get(("complexType", name), inner))
            base = base.rpartition(":")[2]
        return invent_text(base or "string", facets, chance, span)


def _span(texts: Iterable[str]) -> tuple[date, date]:
    """From the first to the last day that a request names; days of the reply lie between."""
    days = []
    for text in texts:
        for shape in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
            try:
                days.append(datetime.strptime(text[:10], shape).date())
            except ValueError:
                continue
    return (min(days), max(days)) if days else (date(2022, 1, 1), date(2022, 6, 1))


def _path(each: etree._Element, top: etree._Element) -> str:
    names: list[str] = []
    at: etree._Element | None = each
    while at is not None and at is not top:
        names.insert(0, etree.QName(at).localname)
        at = at.getparent()
    return "/".join(names)


def _owner(attribute: etree._Element) -> etree._Element | None:
    """The complex type that an attribute stands in, not one further out."""
    return next(attribute.iterancestors(f"{XS}complexType"), None)


def _expanded(at: etree._Element, prefixed: str) -> str:
    prefix, _, local = prefixed.rpartition(":")
    return f"{{{at.nsmap.get(prefix or None) or ''}}}{local}"


def _says_no(name: str) -> bool:
    return any(word in name.lower() for word in ("fault", "loi", "error", "veakood", "veatekst"))
