"""Types of a WSDL as descriptions spread them: schemas in the WSDL, files beside it, chameleons, redefines."""

from __future__ import annotations

from tests.connectors.wsdl_texts import OFFICE, REPLY, REQUEST, SPACE, outside, schema

CHAMELEON = {"kinds.xsd": outside(OFFICE.replace("tns:", ""), space=""), "all.xsd": outside(REQUEST + REPLY)}
INCLUDED = '<xs:include schemaLocation="kinds.xsd"/>'
GROUPED = (
    '<xs:simpleType name="Code"><xs:restriction base="xs:string"/></xs:simpleType><xs:group name="Fields"><xs:sequence>'
    '<xs:element name="code" type="tns:Code"/><xs:element name="changed" type="xs:dateTime"/></xs:sequence></xs:group>'
    '<xs:attributeGroup name="Marks"><xs:attribute name="mark"/></xs:attributeGroup><xs:complexType name="Office">'
    '<xs:group ref="tns:Fields"/><xs:attributeGroup ref="tns:Marks"/></xs:complexType>'
)
IN_EVERY_WAY = (
    '<xs:simpleType name="Short"><xs:restriction base="xs:string"/></xs:simpleType><xs:simpleType name="Codes"><xs:union '
    'memberTypes="Short xs:int"/></xs:simpleType><xs:simpleType name="Many"><xs:list itemType="Short"/></xs:simpleType>'
    '<xs:complexType name="Base"><xs:sequence><xs:element name="code" type="Codes"/></xs:sequence></xs:complexType>'
    '<xs:element name="changed" type="xs:dateTime"/><xs:element name="renewed" type="xs:dateTime" '
    'substitutionGroup="changed"/><xs:attributeGroup name="Marks"><xs:attribute name="mark" type="Many"/>'
    '</xs:attributeGroup><xs:attribute name="seen" type="Short"/><xs:complexType name="Office"><xs:complexContent>'
    '<xs:extension base="Base"><xs:sequence><xs:element ref="changed"/></xs:sequence><xs:attributeGroup ref="Marks"/>'
    "</xs:extension></xs:complexContent></xs:complexType>"
)


def extended(name: str) -> str:
    """The type of an office with one more field, for a redefine."""
    return (
        '<xs:complexType name="Office"><xs:complexContent><xs:extension base="tns:Office"><xs:sequence>'
        f'<xs:element name="{name}" type="xs:string" minOccurs="0"/></xs:sequence></xs:extension></xs:complexContent>'
        "</xs:complexType>"
    )


TYPES: dict[str, tuple[str, dict[str, str]]] = {
    "plain": (schema(), {}),
    "one line of includes": (schema(f"{INCLUDED}{REQUEST}{REPLY}"), {"kinds.xsd": outside(OFFICE)}),
    "chameleon": (schema(f"{INCLUDED}{REQUEST}{REPLY}"), CHAMELEON),
    "includes in a circle": (
        schema('<xs:include schemaLocation="all.xsd"/>'),
        {
            "all.xsd": outside(f"{INCLUDED}{REQUEST}{REPLY}"),
            "kinds.xsd": outside(f'<xs:include schemaLocation="all.xsd"/>{OFFICE}'),
        },
    ),
    "the same file under two names": (
        schema(
            '<xs:include schemaLocation="kinds.xsd"/><xs:include schemaLocation="./copy.xsd"/>' + REQUEST + REPLY,
        ),
        {"kinds.xsd": outside(OFFICE), "copy.xsd": outside(OFFICE + "<!-- a copy -->")},
    ),
    "redefine": (
        schema(
            '<xs:redefine schemaLocation="kinds.xsd"><xs:complexType name="Office"><xs:complexContent>'
            '<xs:extension base="tns:Office"><xs:sequence><xs:element name="note" type="xs:string" minOccurs="0"/>'
            f"</xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:redefine>{REQUEST}{REPLY}"
        ),
        {"kinds.xsd": outside(OFFICE)},
    ),
    "redefine of a chameleon": (
        schema(
            '<xs:redefine schemaLocation="kinds.xsd"><xs:complexType name="Office"><xs:complexContent>'
            '<xs:extension base="tns:Office"><xs:attribute name="note"/></xs:extension></xs:complexContent>'
            f"</xs:complexType></xs:redefine>{REQUEST}{REPLY}"
        ),
        {"kinds.xsd": outside(OFFICE, space="")},
    ),
    "a chameleon in a chameleon": (
        schema(f'<xs:include schemaLocation="outer.xsd"/>{REQUEST}{REPLY}'),
        {
            "outer.xsd": outside(f'{INCLUDED}<xs:element name="unused" type="Office"/>', space=""),
            "kinds.xsd": outside(OFFICE, space=""),
        },
    ),
    "a chameleon that refers in every way": (
        schema(f"{INCLUDED}{REQUEST}{REPLY}"),
        {"kinds.xsd": outside(IN_EVERY_WAY, space="")},
    ),
    "a chameleon in two namespaces": (
        schema('<xs:include schemaLocation="kinds.xsd"/>', "urn:motlan:other:drawn:1")
        + schema(f"{INCLUDED}{REQUEST}{REPLY}"),
        {"kinds.xsd": outside(OFFICE, space="")},
    ),
    "files of one name in two folders": (
        schema('<xs:include schemaLocation="a/all.xsd"/><xs:include schemaLocation="b/all.xsd"/>'),
        {
            "a/all.xsd": outside(f'<xs:include schemaLocation="part.xsd"/>{REQUEST}'),
            "a/part.xsd": outside(OFFICE),
            "b/all.xsd": outside(f'<xs:include schemaLocation="part.xsd"/>{REPLY}'),
            "b/part.xsd": outside('<xs:simpleType name="Other"><xs:restriction base="xs:string"/></xs:simpleType>'),
        },
    ),
    "a redefine of a redefine": (
        schema(f'<xs:redefine schemaLocation="middle.xsd">{extended("later")}</xs:redefine>{REQUEST}{REPLY}'),
        {
            "middle.xsd": outside(f'<xs:redefine schemaLocation="kinds.xsd">{extended("note")}</xs:redefine>'),
            "kinds.xsd": outside(OFFICE),
        },
    ),
    "a redefine through an include": (
        schema(f'<xs:redefine schemaLocation="all.xsd">{extended("note")}</xs:redefine>'),
        {"all.xsd": outside(f"{INCLUDED}{REQUEST}{REPLY}"), "kinds.xsd": outside(OFFICE)},
    ),
    "a redefine of groups and of a simple type": (
        schema(
            '<xs:redefine schemaLocation="kinds.xsd"><xs:group name="Fields"><xs:sequence><xs:group ref="tns:Fields"/>'
            '<xs:element name="note" type="xs:string" minOccurs="0"/></xs:sequence></xs:group>'
            '<xs:attributeGroup name="Marks"><xs:attributeGroup ref="tns:Marks"/><xs:attribute name="seen"/>'
            '</xs:attributeGroup><xs:simpleType name="Code"><xs:restriction base="tns:Code"><xs:maxLength value="9"/>'
            f"</xs:restriction></xs:simpleType></xs:redefine>{REQUEST}{REPLY}"
        ),
        {"kinds.xsd": outside(GROUPED)},
    ),
    "a redefine of groups of a chameleon": (
        schema(
            '<xs:redefine schemaLocation="kinds.xsd"><xs:group name="Fields"><xs:sequence><xs:group ref="tns:Fields"/>'
            f"</xs:sequence></xs:group></xs:redefine>{REQUEST}{REPLY}"
        ),
        {"kinds.xsd": outside(GROUPED.replace("tns:", ""), space="")},
    ),
    "XML Schema without a prefix": (
        f'<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:o="{SPACE}" targetNamespace="{SPACE}" '
        'elementFormDefault="qualified">'
        + f"{OFFICE}{REQUEST}{REPLY}".replace("<xs:", "<")
        .replace("</xs:", "</")
        .replace("xs:", "")
        .replace("tns:", "o:")
        + "</schema>",
        {},
    ),
    "a default beside a fixed value": (
        schema(
            OFFICE.replace(
                "</xs:sequence>",
                '<xs:element name="kind" type="xs:string" default="VPCC" minOccurs="0"/><xs:element name="state" '
                'type="xs:string" fixed="1" minOccurs="0"/></xs:sequence><xs:attribute name="v" default="2"/>',
            )
            + REQUEST
            + REPLY
        ),
        {},
    ),
    "a schema for each message": (schema(OFFICE) + schema(REQUEST) + schema(REPLY), {}),
    "an import of its own namespace": (schema(f'<xs:import namespace="{SPACE}"/>{OFFICE}{REQUEST}{REPLY}'), {}),
    "imports that lead nowhere and are not used": (
        schema(
            '<xs:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/><xs:import namespace="urn:unused"/>'
            f"{OFFICE}{REQUEST}{REPLY}"
        ),
        {},
    ),
    "xml:lang without an import": (
        schema(
            f"{OFFICE.replace('</xs:complexType>', chr(60) + 'xs:attribute ref=' + chr(34) + 'xml:lang' + chr(34) + '/></xs:complexType>')}{REQUEST}{REPLY}"
        ),
        {},
    ),
    "xml.xsd that nobody pinned": (
        schema(
            '<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="http://www.w3.org/2001/xml.xsd"/>'
            f"{OFFICE}{REQUEST}{REPLY}"
        ),
        {},
    ),
    "a schema of .NET's DataSet": (
        schema(
            f'{OFFICE}{REQUEST}{REPLY}<xs:element name="Set"><xs:complexType><xs:sequence><xs:element ref="xs:schema"/>'
            "<xs:any/></xs:sequence></xs:complexType></xs:element>"
        ),
        {},
    ),
    "an encoded array beside": (
        schema(
            '<xs:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>'
            f'{OFFICE}{REQUEST}{REPLY}<xs:complexType name="Many"><xs:complexContent><xs:restriction xmlns:c="'
            'http://schemas.xmlsoap.org/soap/encoding/" base="c:Array"><xs:attribute ref="c:arrayType" '
            'wsdl:arrayType="tns:Office[]"/></xs:restriction></xs:complexContent></xs:complexType>'
        ),
        {},
    ),
    "a namespace that is used and not imported": (
        schema(OFFICE, "urn:motlan:kinds:drawn:1")
        + schema(
            f"{REQUEST}{REPLY}".replace('type="tns:Office"', 'type="k:Office" xmlns:k="urn:motlan:kinds:drawn:1"')
        ),
        {},
    ),
    "the same type given twice": (schema(f"{OFFICE}{REQUEST}{REPLY}") + schema(OFFICE), {}),
    "a group": (
        schema(
            f'{OFFICE}{REQUEST}<xs:group name="Found"><xs:sequence><xs:element name="office" type="tns:Office"/>'
            '</xs:sequence></xs:group><xs:element name="ListResponse"><xs:complexType><xs:group ref="tns:Found" '
            'minOccurs="0" maxOccurs="unbounded"/></xs:complexType></xs:element>'
        ),
        {},
    ),
}
