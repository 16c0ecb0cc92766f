"""SOAP header profiles: the headers that a party requires in a request, and promises in a reply.

    options:
      headers: [username_token]                     # one by name, in the order in which they are applied
      headers: [{profile: x_road, client: ...}]     # or with settings of its own

A profile is one module of this folder with a function `profile(system, settings)`; modules whose names begin with `_`
are not profiles. A signing profile comes last, because it signs the result of the others.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from lxml import etree

from contracts.errors import DeploymentInvalid

from ... import options
from ...interface import Probe, System

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
"""SOAP 1.1. Of SOAP 1.2 only headers that prove nothing are written (`connectors/soap/version_12.py`)."""


class Profile(ABC):
    """Header rules of one party. Not thread-safe, as `connectors.http.client.Http`."""

    @abstractmethod
    def dress(self, envelope: etree._Element, operation: str) -> None:
        """Add the headers of one request to the envelope, in place.

        Called for every try of a call, so that a nonce or a message id is never sent twice.
        """

    def sent(self, message: bytes) -> None:  # noqa: B027 - most profiles need not know
        """Receive the bytes that are sent."""

    def verify(self, envelope: etree._Element, about: str) -> None:  # noqa: B027 - most parties promise nothing
        """Check the envelope of the reply, in the same tree from which the Body is read; it may hold a Fault.

        Raises:
            Malformed: the promised header is missing or wrong.
            Untrusted: the sender's identity is not proved.
        """

    def check(self) -> Iterable[Probe]:
        """Lines for `hub systems check` after its calls, for example about certificates."""
        return ()


class Headers:
    """All profiles of one system, as one."""

    def __init__(self, profiles: Iterable[Profile] = ()) -> None:
        self._profiles = tuple(profiles)

    @property
    def verifies(self) -> bool:
        """Whether a profile checks replies. If so, a reply is verified before the next request gets its headers."""
        return any(type(each).verify is not Profile.verify for each in self._profiles)

    def message(self, envelope: etree._Element, operation: str) -> bytes:
        """The bytes of one request: a copy of the envelope, completed by every profile in turn."""
        dressed = copy.deepcopy(envelope)
        for each in self._profiles:
            each.dress(dressed, operation)
        message = etree.tostring(dressed, encoding="utf-8", xml_declaration=True)
        for each in self._profiles:
            each.sent(message)
        return message

    def verify(self, envelope: etree._Element, about: str) -> None:
        """Check a reply with every profile, in reverse order of the request."""
        for each in reversed(self._profiles):
            each.verify(envelope, about)

    def check(self) -> Iterator[Probe]:
        """The probes of every profile."""
        for each in self._profiles:
            yield from each.check()


def header_of(envelope: etree._Element) -> etree._Element:
    """The Header of an envelope, created if missing."""
    tag = f"{{{etree.QName(envelope).namespace}}}Header"
    found = envelope.find(tag)
    if found is None:
        found = etree.Element(tag)
        envelope.insert(0, found)
    return found


def profiles() -> tuple[str, ...]:
    """Names of the known profiles, sorted."""
    return tuple(sorted(each.name for each in iter_modules(__path__) if not each.name.startswith("_")))


def headers_of(system: System, default: Collection[str] = ()) -> Headers:
    """The profiles of the option `headers`, or those of `default`.

    Raises:
        DeploymentInvalid: no such profile, or settings and credentials that it cannot use.
    """
    given = system.options.get("headers", list(default))
    if not isinstance(given, list):
        raise options.wrong(
            system, "headers", "the option headers must be a list of profiles", hint=f"known: {', '.join(profiles())}"
        )
    return Headers([_opened(system, each) for each in given])


def _opened(system: System, given: object) -> Profile:
    settings = dict(given) if isinstance(given, Mapping) else {"profile": given}
    name = settings.pop("profile", None)
    if name not in profiles():
        raise options.wrong(
            system,
            "headers",
            f"the option headers names no profile that is known: {name}",
            hint=f"known: {', '.join(profiles())}",
        )
    opened: Profile = import_module(f"{__name__}.{name}").profile(system, settings)
    return opened


def check_settings(system: System, profile: str, settings: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse a setting that the profile does not read; probably it is misspelt.

    Raises:
        DeploymentInvalid: names the setting and lists the known ones.
    """
    if unknown := sorted(set(settings) - set(known)):
        listed = ", ".join(sorted(known)) or "none"
        raise DeploymentInvalid(
            f"{system.id}: the profile {profile} knows no setting {', '.join(unknown)}", hint=f"known: {listed}"
        )
