"""SOAP headers are profiles: what a party demands in the header of a request, and promises in the header of a reply.

    options:
      headers: [username_token]                     # one by name, in the order in which they are applied
      headers: [{profile: x_road, client: ...}]     # or with settings of its own

A profile is one module of this folder with a function `profile(system, settings)`; a module whose name begins
with `_` is none. One that signs comes last, because it signs what stands there already.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from lxml import etree

from contracts.errors import DeploymentInvalid

from .. import options
from ..interface import Probe, System

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
"""SOAP 1.1, the only one that is spoken."""


class Profile(ABC):
    """One party's rules for headers. Good for one call at a time, as `connectors.http.Http` is."""

    @abstractmethod
    def dress(self, envelope: etree._Element, operation: str) -> None:
        """Put into the envelope, in place, what this one sending needs.

        Called anew for every try of a call: a nonce or a message id never goes out twice.
        """

    def sent(self, message: bytes) -> None:  # noqa: B027 - most profiles need not know
        """Hear the bytes just as they leave."""

    def judge(self, envelope: etree._Element, about: str) -> None:  # noqa: B027 - most parties promise nothing
        """Check the envelope of the reply, the very tree of which the Body is read; it may hold a Fault.

        Raises:
            Malformed: not the header that was promised.
            Untrusted: it cannot be who it says it is.
        """

    def check(self) -> Iterable[Probe]:
        """Lines for `hub systems check`, asked for after its calls: certificates, say, and whether they held."""
        return ()


class Headers:
    """All profiles of one system, as one."""

    def __init__(self, profiles: Iterable[Profile] = ()) -> None:
        self._profiles = tuple(profiles)

    def message(self, envelope: etree._Element, operation: str) -> bytes:
        """The bytes of one sending: a copy of the envelope, dressed by every profile in turn."""
        dressed = copy.deepcopy(envelope)
        for each in self._profiles:
            each.dress(dressed, operation)
        message = etree.tostring(dressed, encoding="utf-8", xml_declaration=True)
        for each in self._profiles:
            each.sent(message)
        return message

    def judge(self, envelope: etree._Element, about: str) -> None:
        """Check a reply by every profile, the last one first: it was the last to dress the request."""
        for each in reversed(self._profiles):
            each.judge(envelope, about)

    def check(self) -> Iterator[Probe]:
        """What each profile has to say of itself."""
        for each in self._profiles:
            yield from each.check()


def header_of(envelope: etree._Element) -> etree._Element:
    """The Header of an envelope, made where there is none."""
    found = envelope.find(f"{SOAP}Header")
    if found is None:
        found = etree.Element(f"{SOAP}Header")
        envelope.insert(0, found)
    return found


def profiles() -> tuple[str, ...]:
    """The profiles that can be named, sorted."""
    return tuple(sorted(each.name for each in iter_modules(__path__) if not each.name.startswith("_")))


def headers_of(system: System, default: Collection[str] = ()) -> Headers:
    """The profiles that the option `headers` names, opened; those of `default` where it is not given.

    Raises:
        DeploymentInvalid: no such profile, or settings and credentials that it cannot work with.
    """
    given = system.options.get("headers", list(default))
    if not isinstance(given, list):
        raise options.wrong(system, "headers", "the option headers must be a list of profiles", hint=f"known: {', '.join(profiles())}")
    return Headers([_opened(system, each) for each in given])


def _opened(system: System, given: object) -> Profile:
    settings = dict(given) if isinstance(given, Mapping) else {"profile": given}
    name = settings.pop("profile", None)
    if name not in profiles():
        raise options.wrong(system, "headers", f"the option headers names no profile that is known: {name}", hint=f"known: {', '.join(profiles())}")
    opened: Profile = import_module(f"{__name__}.{name}").profile(system, settings)
    return opened


def check_settings(system: System, profile: str, settings: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse a setting that the profile does not read: most likely it is misspelt.

    Raises:
        DeploymentInvalid: names it and lists the known ones.
    """
    if unknown := sorted(set(settings) - set(known)):
        listed = ", ".join(sorted(known)) or "none"
        raise DeploymentInvalid(f"{system.id}: the profile {profile} knows no setting {', '.join(unknown)}", hint=f"known: {listed}")
