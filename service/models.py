"""Bodies of requests and answers as strict models: unknown fields are refused. All people in examples are synthetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from hub.answers.decisions.recorded import Recorded
from hub.answers.decisions.store import component
from hub.evidence.doubts import NotedFinding as Noted
from hub.evidence.people import Entry, Subject

PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]
Dossier = Annotated[
    str, StringConstraints(max_length=100, pattern=r"^[0-9A-Z]+(\.[0-9A-Z]+)*-[0-9]{6}([0-9]{2})?-[0-9]{4,7}$")
]
"""MaHoSo, as loose as the contract of dossiers: both orders of the agency's code, 6 or 8 digits of the day, 4 to 7 of
the sequence."""
Procedure = Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9]\.[0-9]{6}(\.[0-9A-Z]+)*$")]
PersonalId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
OldId = Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]
PartialDate = Annotated[
    str, StringConstraints(pattern=r"^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")
]
Record = Annotated[
    str, StringConstraints(max_length=300, pattern=r"^([a-z_]{1,60}/[a-z0-9-]{1,60}/[^\x00-\x1f\x7f]{1,170})?$")
]
"""A record's name as answers give it, or nothing."""
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]

DOSSIER = "000.00.28.H99-220602-0001"
PROCEDURE = "1.003583"


class Strict(BaseModel):
    """A body: unknown fields are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class BookEntry(Strict):
    """Một dòng trong sổ hộ tịch, như ghi trên giấy tờ cũ. An entry of a book, as an old paper says."""

    number: Text = Field(description="Số đăng ký", examples=["12/2015"])
    book: Text = Field(description="Quyển số", examples=["01/2015"])
    place: Text = Field(
        description="Nơi đăng ký: tên cũ, tên mới hoặc mã. Name (old or new) or code of the unit.",
        examples=["Phường Đa Kao"],
    )
    registered: PartialDate | None = Field(None, description="Ngày đăng ký", examples=["2015-02-03"])


class Person(Strict):
    """Những gì biết về một người; điều không biết thì bỏ trống. What is known of a person; leave out the rest."""

    personal_id: PersonalId | None = Field(None, description="Số định danh cá nhân/CCCD", examples=["079190000001"])
    old_id: OldId | None = Field(None, description="CMND", examples=["020000001"])
    name: Text | None = Field(None, description="Họ và tên", examples=["Trần Thị Hoà Lan"])
    born: PartialDate | None = Field(
        None, description="Ngày sinh, có thể chỉ có năm. Day of birth; the year alone will do.", examples=["1990-05-12"]
    )
    parent: Text | None = Field(None, description="Họ tên cha hoặc mẹ. Name of one parent.", examples=["Lê Thị Thuý"])
    entry: BookEntry | None = None

    def subject(self) -> Subject:
        """The hub's own. Raises NotAPerson."""
        fields = self.model_dump(exclude={"entry"})
        return Subject(**fields, entry=Entry(**self.entry.model_dump()) if self.entry else None)


class People(Strict):
    """Hồ sơ nói về ai, theo vai trong hồ sơ. Whom the dossier is about, by their part in it."""

    applicant: Person | None = Field(None, description="Người yêu cầu")
    child: Person | None = Field(None, description="Con, trẻ")
    mother: Person | None = Field(None, description="Mẹ")
    father: Person | None = Field(None, description="Cha")
    spouse: Person | None = Field(None, description="Vợ hoặc chồng")
    deceased: Person | None = Field(None, description="Người chết")
    owner: Person | None = Field(None, description="Chủ sở hữu; trống: người yêu cầu thay")
    representative: Person | None = Field(None, description="Người đại diện theo pháp luật")
    organisation: Person | None = Field(None, description="Tổ chức; trống: người yêu cầu thay")
    other: Person | None = Field(None, description="Người khác")

    def subjects(self) -> Mapping[str, Subject]:
        """The people of the dossier that are given. Raises NotAPerson."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: person.subject() for name, person in given.items() if person is not None}


class Asking(Strict):
    """Câu hỏi về một hồ sơ. The question about a dossier."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "dossier": DOSSIER,
                    "procedure": PROCEDURE,
                    "people": {"mother": {"personal_id": "079190000001", "name": "Trần Thị Hoà Lan"}},
                },
            ]
        }
    )

    dossier: Dossier = Field(description="Mã số hồ sơ", examples=[DOSSIER])
    procedure: Procedure = Field(description="Mã thủ tục hành chính", examples=[PROCEDURE])
    people: People


class Reason(BaseModel):
    """Một điều kiện đã xét. One condition that was looked at."""

    condition: str = Field(examples=["held"])
    effect: str = Field(examples=["holds"])
    value: str = Field(examples=["1 item"])
    sentence: str = Field(description="Thành câu tiếng Việt")


class Decision(BaseModel):
    """Quyết định cho một giấy tờ: dùng lại, đối chiếu hay yêu cầu nộp. The decision about one demanded paper."""

    id: int = Field(examples=[1])
    dossier: str = Field(examples=[DOSSIER])
    requirement: str = Field(description="Thành phần hồ sơ", examples=["KQ.G15.000032"])
    outcome: Literal["reuse", "confirm", "ask"] = Field(
        description="reuse dùng lại · confirm đối chiếu · ask yêu cầu nộp"
    )
    evidence_type: str | None = Field(examples=["register:marriage"])
    record: str | None = Field(
        description="Bản ghi trả lời, để truy vết. The record that answers, for tracing.",
        examples=["marriage/moj-registry/60000007"],
    )
    legal_basis: str = Field(examples=["once-held"])
    known_at: datetime
    acts: list[Literal["previewed", "confirmed", "used", "refused"]] = Field(
        description="Cán bộ đã xem, đã đối chiếu xác nhận, đã dùng, đã từ chối"
    )
    candidates: list[str] = Field(
        description="Các bản ghi cần đối chiếu, khi có nhiều. The candidates of a confirm with several, by record",
        examples=[[]],
    )
    supersedes: int | None = Field(
        description="Thay cho quyết định nào. The decision in whose place it stands", examples=[None]
    )
    superseded_by: int | None = Field(
        description="Quyết định đứng thay; trống: còn giữ nguyên. The decision that stands in its place",
        examples=[None],
    )
    superseded_because: list[str] = Field(
        description="Vì điều kiện nào đã khác. The conditions that say otherwise since", examples=[[]]
    )
    why: list[Reason]

    @classmethod
    def of(cls, each: Recorded) -> Decision:
        """The form of the route."""
        given: dict[str, Any] = {
            name: getattr(each, name)
            for name in cls.model_fields
            if name not in ("acts", "candidates", "superseded_because", "why")
        }
        lists = {
            "acts": list(each.acts),
            "candidates": each.candidate_records,
            "superseded_because": list(each.superseded_because),
        }
        return cls(**given, **lists, why=[Reason(**reason) for reason in each.why])  # type: ignore[arg-type]


class Decisions(BaseModel):
    """Các quyết định của một hồ sơ. The decisions about a dossier."""

    decisions: list[Decision]

    @classmethod
    def of(cls, found: tuple[Recorded, ...]) -> Decisions:
        """The form of the route."""
        return cls(decisions=[Decision.of(each) for each in found])


class Because(Strict):
    """Vì sao xem, dùng hay từ chối; được lưu. Why; stays on record and names nobody."""

    because: Text = Field(examples=["Tiếp nhận hồ sơ tại quầy"])


class AboutCandidate(Because):
    """Vì sao, và về bản ghi nào khi có nhiều. Why, and about which candidate where there are several."""

    record: Record = Field(
        "",
        description="Bản ghi, như quyết định đã nêu; trống: bản ghi của quyết định. Empty: the decision's own.",
        examples=["marriage/moj-registry/60000007"],
    )


class Done(BaseModel):
    """Quyết định sau khi dùng hay từ chối, và thành phần gửi Cổng dịch vụ công quốc gia.

    What then goes to the national portal.
    """

    decision: Decision
    portal: dict[str, str] = Field(
        description="TaiLieuNop",
        examples=[
            {
                "MaThanhPhanHoSo": "KQ.G15.000032",
                "DuocTaiSuDung": "2",
                "DuocSoHoa": "1",
                "MaKetQuaThayThe": "KQ.G15.000032",
            },
        ],
    )

    @classmethod
    def of(cls, each: Recorded) -> Done:
        """The form of the route."""
        return cls(decision=Decision.of(each), portal=component(each))


class RecordFinding(BaseModel):
    """Cảnh báo chất lượng của bản ghi; không có giá trị nào. What the hub doubts about the record; never a value."""

    rule: str = Field(examples=["birth.identity-matches-birth"])
    sentence: str = Field(
        description="Thành câu tiếng Việt. The rule in Vietnamese",
        examples=["Số định danh của người được khai sinh không khớp ngày sinh hoặc giới tính; cần đối chiếu."],
    )
    since: datetime = Field(description="Từ khi nào")
    state: Literal["open", "acknowledged"] = Field(
        description="open chưa ai xem · acknowledged đã có người xem, vẫn còn. Nobody has looked; a person has"
    )

    @classmethod
    def all_of(cls, noted: Iterable[Noted]) -> list[RecordFinding]:
        """The form of the route."""
        return [cls.model_validate(vars(each)) for each in noted]


Findings = Annotated[
    list[RecordFinding],
    Field(
        description="Cảnh báo về bản ghi; trống: không có. What a person should know of the record before relying on it"
    ),
]


class Shown(BaseModel):
    """Bằng chứng đã xem: DỮ LIỆU CÁ NHÂN, chỉ cho việc của hồ sơ này. The evidence, looked at: personal data."""

    record: str = Field(examples=["marriage/moj-registry/60000007"])
    role: str = Field(
        description="Bên của đăng ký mà câu hỏi nói về; rỗng: hỏi cả đăng ký, không nêu ai. Empty: neither side was named",
        examples=["wife"],
    )
    name: str | None = Field(examples=["Trần Thị Hoà Lan"])
    born: str | None = Field(examples=["1990"])
    number: str | None = Field(description="Số giấy tờ", examples=["079190000001"])
    registered: str | None = Field(description="Ngày đăng ký", examples=["2015-02-03"])
    place: str | None = Field(description="Mã nơi đăng ký", examples=["26737"])
    book: str | None = Field(description="Quyển số", examples=["01/2015"])
    entry: str | None = Field(description="Số", examples=["3"])
    ended: str | None = Field(description="Trường làm bản ghi hết giá trị", examples=[None])
    synced_at: datetime | None = Field(description="Lần đồng bộ gần nhất (Nghị định 47/2020 Điều 41)")
    findings: Findings
