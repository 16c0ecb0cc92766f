"""Schemas of namespaces that a specification or a tool fixes for ever: descriptions import them without giving them.

Written from what these say (XML 1.0 and XML Base for `xml:`; SOAP 1.1 section 5 for encoded values; the W3C note on
media types in XML; WS-I Attachments Profile 1.0; what .NET writes into every description), with what is referred to.
"""

from __future__ import annotations

from collections.abc import Mapping

XML = "http://www.w3.org/XML/1998/namespace"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
MIME = "http://www.w3.org/2005/05/xmlmime"
ATTACHMENTS = "http://ws-i.org/profiles/basic/1.1/xsd"
NET_TYPES = "http://microsoft.com/wsdl/types/"
NET_SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"
_XSD = "http://www.w3.org/2001/XMLSchema"
_SIMPLE = (
    *("string", "normalizedString", "token", "Name", "NCName", "NMTOKEN", "language", "anyURI", "QName", "boolean"),
    *("decimal", "integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger"),
    *("nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    *("float", "double", "dateTime", "date", "time", "duration", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
    *("hexBinary", "base64Binary"),
)


def _xml() -> bytes:
    return f"""<xs:schema xmlns:xs="{_XSD}" targetNamespace="{XML}">
<xs:attribute name="lang" type="xs:string"/>
<xs:attribute name="space" type="xs:NCName"/>
<xs:attribute name="base" type="xs:anyURI"/>
<xs:attribute name="id" type="xs:ID"/>
<xs:attributeGroup name="specialAttrs">
<xs:attribute ref="xml:lang"/><xs:attribute ref="xml:space"/><xs:attribute ref="xml:base"/><xs:attribute ref="xml:id"/>
</xs:attributeGroup>
</xs:schema>""".encode()


def _encoding() -> bytes:
    simple = "".join(
        f'<xs:complexType name="{name}"><xs:simpleContent><xs:extension base="xs:{name}">'
        '<xs:attributeGroup ref="c:commonAttributes"/></xs:extension></xs:simpleContent></xs:complexType>\n'
        f'<xs:element name="{name}" type="c:{name}"/>\n'
        for name in _SIMPLE
    )
    several = '<xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>'
    return f"""<xs:schema xmlns:xs="{_XSD}" xmlns:c="{ENCODING}" targetNamespace="{ENCODING}">
<xs:attribute name="root" type="xs:boolean"/>
<xs:attribute name="arrayType" type="xs:string"/>
<xs:attribute name="offset" type="xs:string"/>
<xs:attribute name="position" type="xs:string"/>
<xs:attributeGroup name="commonAttributes">
<xs:attribute name="id" type="xs:ID"/><xs:attribute name="href" type="xs:anyURI"/>
<xs:anyAttribute namespace="##other" processContents="lax"/>
</xs:attributeGroup>
<xs:attributeGroup name="arrayAttributes">
<xs:attribute ref="c:arrayType"/><xs:attribute ref="c:offset"/>
</xs:attributeGroup>
<xs:attributeGroup name="arrayMemberAttributes"><xs:attribute ref="c:position"/></xs:attributeGroup>
<xs:group name="Array"><xs:sequence>{several}</xs:sequence></xs:group>
<xs:group name="Struct"><xs:sequence>{several}</xs:sequence></xs:group>
<xs:complexType name="Array"><xs:group ref="c:Array" minOccurs="0"/>
<xs:attributeGroup ref="c:arrayAttributes"/><xs:attributeGroup ref="c:commonAttributes"/></xs:complexType>
<xs:complexType name="Struct"><xs:group ref="c:Struct" minOccurs="0"/>
<xs:attributeGroup ref="c:commonAttributes"/></xs:complexType>
<xs:element name="Array" type="c:Array"/>
<xs:element name="Struct" type="c:Struct"/>
<xs:simpleType name="base64"><xs:restriction base="xs:base64Binary"/></xs:simpleType>
{simple}</xs:schema>""".encode()


def _mime() -> bytes:
    return f"""<xs:schema xmlns:xs="{_XSD}" xmlns:m="{MIME}" targetNamespace="{MIME}">
<xs:attribute name="contentType" type="xs:string"/>
<xs:attribute name="expectedContentTypes" type="xs:string"/>
<xs:complexType name="base64Binary"><xs:simpleContent><xs:extension base="xs:base64Binary">
<xs:attribute ref="m:contentType"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:complexType name="hexBinary"><xs:simpleContent><xs:extension base="xs:hexBinary">
<xs:attribute ref="m:contentType"/></xs:extension></xs:simpleContent></xs:complexType>
</xs:schema>""".encode()


def _named(space: str, kinds: Mapping[str, str], attributes: Mapping[str, str]) -> bytes:
    """Simple types by their restriction, and attributes by their type."""
    inside = "".join(f'<xs:simpleType name="{name}">{kind}</xs:simpleType>\n' for name, kind in kinds.items())
    inside += "".join(f'<xs:attribute name="{name}" type="{kind}"/>\n' for name, kind in attributes.items())
    return f'<xs:schema xmlns:xs="{_XSD}" targetNamespace="{space}">\n{inside}</xs:schema>'.encode()


_HEX = "[0-9a-fA-F]"
_GUID = f'<xs:restriction base="xs:string"><xs:pattern value="{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"/></xs:restriction>'
_MICROSOFT = {
    "char": '<xs:restriction base="xs:int"/>',
    "guid": _GUID,
    "duration": '<xs:restriction base="xs:duration"/>',
}
KNOWN: Mapping[str, bytes] = {
    XML: _xml(),
    ENCODING: _encoding(),
    MIME: _mime(),
    ATTACHMENTS: _named(ATTACHMENTS, {"swaRef": '<xs:restriction base="xs:anyURI"/>'}, {}),
    NET_TYPES: _named(NET_TYPES, _MICROSOFT, {}),
    NET_SERIALIZATION: _named(
        NET_SERIALIZATION, _MICROSOFT, {"FactoryType": "xs:QName", "Id": "xs:ID", "Ref": "xs:IDREF"}
    ),
}
"""Namespace -> schema."""
