"""Schemas of namespaces that a specification fixes for ever: descriptions import them without giving them.

Written from the specifications (XML 1.0 and XML Base for `xml:`; SOAP 1.1 section 5 for encoded values), with what
descriptions refer to.
"""

from __future__ import annotations

from collections.abc import Mapping

XML = "http://www.w3.org/XML/1998/namespace"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
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


KNOWN: Mapping[str, bytes] = {XML: _xml(), ENCODING: _encoding()}
"""Namespace -> schema."""
