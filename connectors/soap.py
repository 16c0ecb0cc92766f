"""SOAP calls by WSDL: zeep makes the request, and our own hardened parser reads the reply.

zeep does not read replies on purpose: it loses text around processing instructions, returns None for a missing
required element, and trusts the transport. Its import takes a quarter of a second, so only calling code imports this
module.
"""

# zeep says that it is typed and types little:
# mypy: disallow-untyped-calls=False

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zeep
import zeep.exceptions
from lxml import etree

from contracts.errors import DeploymentInvalid

from .headers import Headers
from .http import Http, HttpReply
from .http_status import UTF_8

XML = "text/xml"


class Soap:
    """One service, described by its vendored WSDL."""

    def __init__(
        self,
        http: Http,
        address: str,
        wsdl: Path,
        document: Callable[[str], bytes | None],
        headers: Headers,
        accept: Collection[str] = (XML,),
        charsets: Collection[str] = UTF_8,
    ) -> None:
        """`document` returns the pinned text of a path or address, or None; nothing else is loaded.

        `address` overrides the one in the WSDL. `headers` complete each request. A reply must have one of the media
        types `accept` and one of `charsets`.

        Raises:
            DeploymentInvalid: the WSDL cannot be used, or names a document that is not pinned.
        """
        self._about = http.system
        self._wire = _Wire(http, document, headers, accept, charsets)
        # zeep may import outside documents, but `_Wire.load` answers from pinned documents only.
        settings = zeep.Settings(
            strict=True,
            raw_response=True,
            forbid_dtd=True,
            forbid_entities=True,
            forbid_external=False,
            xml_huge_tree=False,
        )
        try:
            client = zeep.Client(str(wsdl), transport=self._wire, settings=settings)
            ((name, binding),) = client.wsdl.bindings.items()
            self._client = client
            self._service = client.create_service(name, address)
            self.operations: tuple[str, ...] = tuple(binding.all())
        except (zeep.exceptions.Error, etree.LxmlError, ValueError) as error:
            # Its text is about the description only, so it contains no record.
            reason = " ".join(str(error).split())[:300]
            hint = "the WSDL breaks a rule that calls depend on: ask its owner for a repaired one"
            raise DeploymentInvalid(
                f"{self._about}: the WSDL {wsdl} cannot be used ({type(error).__name__}: {reason})", hint=hint
            ) from None

    def body(self, operation: str, **arguments: object) -> etree._Element:
        """The Body that a call would send. Raises: DeploymentInvalid: as `call`."""
        with self._asking(operation):
            envelope: etree._Element = self._client.create_message(self._service, operation, **arguments)
        return envelope[-1][0]

    def call(self, operation: str, **arguments: object) -> HttpReply:
        """One call; its reply is a SOAP envelope as bytes, and may be a Fault."""
        self._wire.what = operation
        with self._asking(operation):
            reply: HttpReply = self._service[operation](**arguments)
        return reply

    @contextmanager
    def _asking(self, operation: str) -> Iterator[None]:
        try:
            yield
        except (zeep.exceptions.Error, AttributeError, TypeError) as error:
            hint = "the vendored WSDL and the dialect must be of one version"
            raise DeploymentInvalid(
                f"{self._about}: {operation} cannot be asked by this WSDL ({type(error).__name__})", hint=hint
            ) from None


class _Wire(zeep.Transport):
    """zeep's transport: it loads pinned files and sends over our HTTP client."""

    def __init__(
        self,
        http: Http,
        document: Callable[[str], bytes | None],
        headers: Headers,
        accept: Collection[str],
        charsets: Collection[str],
    ) -> None:
        # zeep's own transport would open a session of its own and read file:// addresses.
        self.cache = None
        self.load_timeout = self.operation_timeout = http.limits.deadline_s
        self._close_session = False
        self._http = http
        self._document = document
        self._headers = headers
        self._accept, self._charsets = accept, charsets
        self.what = ""

    def load(self, url: str) -> bytes:
        found = self._document(url)
        if found is None:
            name = url if "://" in url else Path(url).name
            raise DeploymentInvalid(f"{self._http.system}: the WSDL asks for a document that is not pinned: {name}")
        return found

    def post_xml(self, address: str, envelope: etree._Element, headers: Mapping[str, str]) -> HttpReply:
        def data() -> bytes:
            return self._headers.message(envelope, self.what)

        return self._http.call(
            "POST",
            address,
            what=self.what,
            accept=self._accept,
            charsets=self._charsets,
            data=data,
            headers=headers,
            statuses=(200, 500),
        )

    def get(self, address: str, params: Any, headers: Any) -> Any:
        raise DeploymentInvalid(f"{self._http.system}: the WSDL binds an operation to HTTP GET, which is not spoken")
