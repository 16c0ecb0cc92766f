"""SOAP calls of a dialect that knows its WSDL: zeep makes the request, and our own hardened parser reads the reply.

zeep does not read replies on purpose: it loses text around processing instructions, returns None for a missing
required element, and trusts the transport. Its import takes a quarter of a second, so only calling code imports this
module. A WSDL that nobody here has seen before is asked without it (`connectors/wsdl/request.py`).
"""

# zeep says that it is typed and types little:
# mypy: disallow-untyped-calls=False

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zeep
from lxml import etree
from zeep.wsdl.bindings import Soap11Binding

from contracts.errors import DeploymentInvalid, HubError

from ..http.client import Http, HttpReply
from ..http.status import UTF_8
from .headers import Headers
from .post import XML, SoapPost


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
        self._wire = _Wire(SoapPost(http, headers, accept, charsets), document)
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
            spoken = {name: each for name, each in client.wsdl.bindings.items() if isinstance(each, Soap11Binding)}
            name = next(iter(spoken), None)
            if name is not None:
                self._client = client
                self._service = client.create_service(name, address)
                self.operations: tuple[str, ...] = tuple(spoken[name].all())
        except HubError:
            raise
        except Exception as error:  # whatever zeep raises: it has no border of its own
            # Its text is about the description only, so it contains no record.
            reason = " ".join(str(error).split())[:300]
            hint = "calls cannot be made by it as it stands: compare it with what its owner publishes"
            raise DeploymentInvalid(
                f"{self._about}: the WSDL {wsdl} cannot be used ({type(error).__name__}: {reason})", hint=hint
            ) from None
        if len(spoken) != 1:
            what = (
                f"{self._about}: the WSDL {wsdl} has {len(spoken)} bindings to SOAP 1.1, where this dialect needs one"
            )
            raise DeploymentInvalid(what, hint="leave the binding in our copy that the dialect speaks, and pin it anew")

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
        except HubError:
            raise
        except Exception as error:  # as above
            hint = "the vendored WSDL and the dialect must be of one version"
            raise DeploymentInvalid(
                f"{self._about}: {operation} cannot be asked by this WSDL ({type(error).__name__})", hint=hint
            ) from None


class _Wire(zeep.Transport):
    """zeep's transport: it loads pinned files and sends over our HTTP client."""

    def __init__(self, post: SoapPost, document: Callable[[str], bytes | None]) -> None:
        # zeep's own transport would open a session of its own and read file:// addresses.
        self.cache = None
        self.load_timeout = self.operation_timeout = post.http.limits.deadline_s
        self._close_session = False
        self._post = post
        self._document = document
        self.what = ""

    def load(self, url: str) -> bytes:
        found = self._document(url)
        if found is None:
            name = url if "://" in url else Path(url).name
            raise DeploymentInvalid(
                f"{self._post.http.system}: the WSDL asks for a document that is not pinned: {name}"
            )
        return found

    def post_xml(self, address: str, envelope: etree._Element, headers: Mapping[str, str]) -> HttpReply:
        return self._post.send(address, self.what, envelope, headers)

    def get(self, address: str, params: Any, headers: Any) -> Any:
        raise DeploymentInvalid(
            f"{self._post.http.system}: the WSDL binds an operation to HTTP GET, which is not spoken"
        )
