"""What the clauses say by which a record of a reply is refused, in the words of the office that must mend it.

The names are those of libxml2 (`xmlerror.h`): clauses of XML Schema 1.0, part 1 and 2, and of XML 1.0. A message
that quotes libxml2's own sentence would quote the value of the record with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """One clause, in both languages."""

    vi: str
    en: str


_TYPE = Meaning("giá trị không đúng kiểu dữ liệu đã công bố", "a value that is not of the declared type")
_ATTRIBUTE = Meaning("thuộc tính thừa, thiếu hoặc sai", "an attribute that is missing, wrong or not declared")
_BROKEN = Meaning(
    "XML viết sai: ký tự & hoặc < chưa được mã hoá, hoặc thẻ không khớp",
    "broken XML: & or < not written as &amp; or &lt;, or tags that do not match",
)

MEANINGS: Mapping[str, Meaning] = {
    "SCHEMAV_ELEMENT_CONTENT": Meaning(
        "phần tử không có trong lược đồ ở vị trí này, bị lặp, hoặc thiếu phần tử đứng trước nó",
        "an element that the schema does not have at this place, has only once, or before which one is missing",
    ),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": _TYPE,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_2": _TYPE,
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_3": _TYPE,
    "SCHEMAV_CVC_TYPE_3_1_1": Meaning(
        "phần tử chỉ chứa văn bản mà có thuộc tính", "an attribute on an element that holds text only"
    ),
    "SCHEMAV_CVC_TYPE_3_1_2": Meaning(
        "phần tử chỉ chứa văn bản mà có phần tử con", "an element within one that holds text only"
    ),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": Meaning(
        "có chữ nằm giữa các phần tử, ngoài mọi trường", "text between the elements, outside of every field"
    ),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": _ATTRIBUTE,
    "SCHEMAV_CVC_COMPLEX_TYPE_4": _ATTRIBUTE,
    "SCHEMAV_CVC_ELT_1": Meaning("phần tử không được khai báo", "an element that is nowhere declared"),
    "SCHEMAV_CVC_ELT_3_1": Meaning("không được để trống (xsi:nil)", "empty by xsi:nil, where that is not allowed"),
    "SCHEMAV_CVC_ENUMERATION_VALID": Meaning(
        "giá trị ngoài danh sách cho phép", "a value that is not in the list of allowed ones"
    ),
    "SCHEMAV_CVC_PATTERN_VALID": Meaning("giá trị không đúng mẫu", "a value that does not have the declared form"),
    "SCHEMAV_CVC_LENGTH_VALID": Meaning("độ dài không đúng quy định", "a text of another length than declared"),
    "SCHEMAV_CVC_MINLENGTH_VALID": Meaning("văn bản ngắn hơn quy định", "a text shorter than declared"),
    "SCHEMAV_CVC_MAXLENGTH_VALID": Meaning("văn bản dài hơn quy định", "a text longer than declared"),
    "SCHEMAV_CVC_MININCLUSIVE_VALID": Meaning("giá trị nhỏ hơn mức cho phép", "a value below the least allowed"),
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": Meaning("giá trị lớn hơn mức cho phép", "a value above the greatest allowed"),
    "SCHEMAV_CVC_TOTALDIGITS_VALID": Meaning("số có quá nhiều chữ số", "a number with more digits than declared"),
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": Meaning(
        "số có quá nhiều chữ số thập phân", "a number with more decimal places than declared"
    ),
    "ERR_NAME_REQUIRED": _BROKEN,
    "ERR_TAG_NAME_MISMATCH": _BROKEN,
    "ERR_TAG_NOT_FINISHED": _BROKEN,
    "ERR_ENTITYREF_SEMICOL_MISSING": _BROKEN,
    "ERR_UNDECLARED_ENTITY": _BROKEN,
    "ERR_LT_IN_ATTRIBUTE": _BROKEN,
    "ERR_INVALID_CHAR": Meaning("ký tự mà XML không cho phép", "a character that XML does not allow"),
    "ERR_INVALID_ENCODING": Meaning("byte không đúng bảng mã đã khai", "bytes that are not of the declared encoding"),
}


def meaning(detail: str | None) -> Meaning | None:
    """What the clause at the end of a case's detail says (`hoSo/khaiSinh/so: SCHEMAV_ELEMENT_CONTENT`); None: it is
    in plain words already, or not in the table."""
    return MEANINGS.get((detail or "").rpartition(": ")[2])
