"""Ways to lead the signature of a sealed reply elsewhere, or to weaken it: each changes the envelope that it is given."""

from __future__ import annotations

import copy

from lxml import etree

from twins.registry.signatures import DS, SOAP, WSSE, WSU

SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"


def _security(root: etree._Element) -> etree._Element:
    return root.find(f"{SOAP}Header/{WSSE}Security")


def body_moved_aside(root: etree._Element) -> None:
    """The signed Body lies in the header, another one is in its place."""
    honest = root[-1]
    root.append(copy.deepcopy(honest))
    root[-1].attrib.clear()
    root[-1][0][0].text = "13"
    etree.SubElement(root[0], "{urn:aside}wrapper").append(honest)  # of another namespace: prefixes are signed too


def body_moved_aside_with_its_id(root: etree._Element) -> None:
    """As before, and the new Body bears the signed one's Id."""
    body_moved_aside(root)
    root[-1].set(f"{WSU}Id", "body")


def body_under_another_id(root: etree._Element) -> None:
    """As before, and the new Body bears an Id of its own, as honest ones do."""
    body_moved_aside(root)
    root[-1].set(f"{WSU}Id", "body-2")


def timestamp_moved_aside(root: etree._Element) -> None:
    """An old signed Timestamp lies aside, a fresh one in its place."""
    old = _security(root).find(f"{WSU}Timestamp")
    fresh = copy.deepcopy(old)
    fresh.attrib.clear()
    _security(root).replace(old, fresh)
    etree.SubElement(root[0], "{urn:aside}wrapper").append(old)


def plain_id_beside(root: etree._Element) -> None:
    """An Id without its namespace, equal to the Body's: another library might take that one."""
    root[0].set("Id", "body")


def changed(root: etree._Element) -> None:
    root[-1][0][0].text = "13"


def no_signature(root: etree._Element) -> None:
    _security(root).remove(_security(root).find(f"{DS}Signature"))


def no_security(root: etree._Element) -> None:
    root.remove(root[0])


def two_signatures(root: etree._Element) -> None:
    _security(root).append(copy.deepcopy(_security(root).find(f"{DS}Signature")))


def two_securities(root: etree._Element) -> None:
    etree.SubElement(root[0], f"{WSSE}Security")


def two_timestamps(root: etree._Element) -> None:
    etree.SubElement(_security(root), f"{WSU}Timestamp")


def sha1_digest(root: etree._Element) -> None:
    root.find(f".//{DS}DigestMethod").set("Algorithm", SHA1)


def sha1_signature(root: etree._Element) -> None:
    method = root.find(f".//{DS}SignatureMethod")
    method.set(
        "Algorithm",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
        if "rsa" in method.get("Algorithm")
        else "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
    )


def hmac_with_the_public_key(root: etree._Element) -> None:
    root.find(f".//{DS}SignatureMethod").set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")


def another_transform(root: etree._Element) -> None:
    etree.SubElement(root.find(f".//{DS}Transforms"), f"{DS}Transform").set(
        "Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116"
    )


def whole_document(root: etree._Element) -> None:
    root.find(f".//{DS}Reference").set("URI", "")


def outside_document(root: etree._Element) -> None:
    root.find(f".//{DS}Reference").set("URI", "http://127.0.0.1:9/x")


def object_inside(root: etree._Element) -> None:
    etree.SubElement(_security(root).find(f"{DS}Signature"), f"{DS}Object")


def another_token(root: etree._Element) -> None:
    etree.SubElement(_security(root), f"{WSSE}BinarySecurityToken").text = "AAAA"


MOVED, TWICE, PATH, WAY, TIMES = (
    "does not cover the",
    "occurs twice",
    "goes another way than by Id",
    "signed in another way than",
    r"has \d times the",
)
SPOILT = {
    body_moved_aside: MOVED,
    body_under_another_id: MOVED,
    timestamp_moved_aside: MOVED,
    body_moved_aside_with_its_id: TWICE,
    plain_id_beside: TWICE,
    changed: "not the pinned certificate's",
    no_signature: TIMES,
    no_security: TIMES,
    two_signatures: TIMES,
    two_securities: TIMES,
    two_timestamps: TIMES,
    sha1_digest: PATH,
    another_transform: PATH,
    whole_document: PATH,
    outside_document: PATH,
    sha1_signature: WAY,
    hmac_with_the_public_key: WAY,
    object_inside: WAY,
    another_token: "another certificate than the pinned one",
}
"""Attack -> what it must be refused for: each by its own guard, and not because the signature happens to break."""
