"""Which demanded papers the shipped rules take for held, and which never: phrases as catalogues write them."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import DeploymentInvalid
from hub.core.settings import ROOT
from hub.requirements import lexicon
from hub.requirements.mapping import Proposal, propose
from hub.requirements.papers import Paper
from hub.requirements.rules import FILE, read_rules

HCMC = ROOT / "deployments" / "hcmc"
RULES = read_rules(HCMC)

HELD = {
    "Bản sao trích lục khai sinh": "register:birth",
    "- Bản sao Giấy khai sinh của con;": "register:birth",
    "01 bản sao có chứng thực Giấy khai sinh hoặc bản sao trích lục khai sinh": "register:birth",
    "Giấy khai sinh của trẻ em hoặc giấy tờ hợp lệ khác chứng minh quan hệ cha, con": "register:birth",
    "+ Trích lục kết hôn (bản sao)": "register:marriage",
    "Giấy chứng nhận đăng ký kết hôn": "register:marriage",
    "Bản sao Giấy chứng tử của chồng": "register:death",
    "Trích lục khai tử": "register:death",
    "Trích lục đăng ký nhận cha, mẹ, con": "register:recognition",
    "Quyết định công nhận việc nhận cha, mẹ, con": "register:recognition",
    "Giấy xác nhận tình trạng hôn nhân": "result:KQ.G15.000038",
    "Bản chính Giấy xác nhận tình trạng hôn nhân có giá trị 06 tháng": "result:KQ.G15.000038",
    "Công dân Việt Nam đã ly hôn tại nước ngoài phải nộp bản sao trích lục ghi chú ly hôn": "result:KQ.G15.000040",
    "Phiếu lý lịch tư pháp được cấp chưa quá 06 tháng": "result:KQ.G01.000199",
    "Thẻ căn cước công dân": "population",
    "Giấy chứng minh nhân dân hoặc hộ chiếu": "population",
    "Một trong các giấy tờ sau: Hộ chiếu, Thẻ căn cước, Giấy chứng minh nhân dân": "population",
    "Sổ hộ khẩu": "population",
    "Giấy tờ chứng minh nơi cư trú": "population",
    "Giấy khai sinh. Giấy tờ do nước ngoài cấp phải được hợp pháp hóa": "register:birth",
    "Giấy khai sinh hoặc giấy cam đoan về ngày sinh": "register:birth",
    "Trường hợp con đã đăng ký khai sinh thì nộp bản sao giấy khai sinh": "register:birth",
}

NEVER = [
    "Giấy chứng nhận đăng ký xe và giấy đăng kiểm hoặc bản sao Giấy khai sinh",
    "Biên bản về trẻ bị bỏ rơi đối với trẻ bị bỏ rơi; giấy chứng tử của cha, mẹ đối với trẻ mồ côi",
    "Giấy chứng tử của cha đẻ, mẹ đẻ",
    "Tờ khai đăng ký khai sinh theo mẫu",
    "Tờ khai cấp bản sao trích lục khai sinh",
    "Đơn đề nghị cấp lại giấy khai sinh",
    "Đơn xin xác nhận, kèm bản sao giấy khai sinh",
    "Mẫu hộ tịch điện tử tương tác đăng ký kết hôn",
    "Phiếu đề nghị cấp trích lục khai tử",
    "Giấy đề nghị cấp giấy chứng nhận kết hôn",
    "Giấy chứng sinh",
    "Bản chính Giấy chứng sinh; trường hợp không có giấy chứng sinh thì nộp văn bản của người làm chứng",
    "Giấy báo tử",
    "Văn bản cam đoan về việc chưa được đăng ký khai sinh",
    "Văn bản cam đoan về tình trạng hôn nhân",
    "Giấy cam đoan về việc sinh là có thật",
    "Văn bản ủy quyền kèm giấy khai sinh",
    "Văn bản thỏa thuận của cha, mẹ về việc chọn quốc tịch cho con",
    "Ý kiến đồng ý của người giám hộ",
    "Biên lai thu lệ phí đăng ký kết hôn",
    "Biên lai nộp lệ phí cấp bản sao trích lục khai sinh",
    "Lệ phí cấp Phiếu lý lịch tư pháp",
    "Hóa đơn, chứng từ nộp tiền cấp thẻ căn cước",
    "02 ảnh 4x6",
    "Ảnh thẻ căn cước",
    "Giấy khai sinh do cơ quan có thẩm quyền của nước ngoài cấp",
    "Giấy chứng nhận kết hôn đã đăng ký tại cơ quan có thẩm quyền của nước ngoài",
    "Giấy tờ chứng minh tình trạng hôn nhân của người nước ngoài",
    "Hộ chiếu của người nước ngoài",
    "Hộ chiếu hoặc giấy tờ có giá trị thay hộ chiếu",
    "Bản sao Giấy khai sinh được cấp trước đây",
    "Giấy chứng nhận kết hôn trước đây được cấp hợp lệ",
    "Nộp lại Giấy xác nhận tình trạng hôn nhân đã được cấp trước đó",
    "Bản sao giấy khai sinh và sổ tiêm chủng, hồ sơ học tập",
    "Giấy khai sinh, quyết định thôi học",
    "Giấy chứng nhận quyền sử dụng đất, giấy chứng minh nhân dân hoặc hộ chiếu",
    "Giấy khai sinh, sổ hộ khẩu hoặc giấy tờ chứng minh nơi cư trú",
    "Bản sao giấy chứng tử hoặc trích lục khai tử; đơn đề nghị hưởng mai táng phí",
    "Giấy khai sinh hoặc thẻ căn cước và giấy xác nhận của nhà trường",
    "Giấy khai sinh của trẻ. Sổ hộ khẩu của cha mẹ",
    "Thẻ căn cước; - Hợp đồng thuê nhà",
    "Giấy khai sinh kèm theo văn bản xác nhận của nhà trường",
    "Bản án, quyết định ly hôn của Tòa án",
    "Giấy khám sức khỏe",
    "Giấy chứng nhận kết quả học tập",
    "Giấy tờ, tài liệu khác có liên quan",
    "Lưu ý: không yêu cầu nộp bản sao giấy khai sinh",
    "Trường hợp đã có giấy khai sinh trong Cơ sở dữ liệu hộ tịch điện tử thì không phải nộp",
    "Văn bản cử người giám hộ",
    "Danh sách người có giấy khai sinh",
    "Trích lục bản đồ địa chính",
    "Số lượng hồ sơ: 01 bộ",
]


def reply(text: str, *, copies: int = 1, procedure: str = "", group: str = "") -> Proposal:
    return propose(RULES, Paper("9.000001", "9.000001/1", text, group, copies, procedure))


@pytest.mark.parametrize(("text", "evidence"), HELD.items(), ids=HELD)
def test_is_held(text: str, evidence: str) -> None:
    """A paper that a register, another procedure or the population database answers."""
    assert evidence == reply(text).evidence


@pytest.mark.parametrize("text", NEVER)
def test_is_never_held(text: str) -> None:
    """Forms, fees, statements, pictures, notes, papers of others and of other states, and several papers at once."""
    proposal = reply(text)

    assert not proposal.held, proposal.rule.id
    assert proposal.why


def test_a_paper_of_which_no_copy_is_demanded_is_no_requirement() -> None:
    """Zero copies: a note or an alternative; never held."""
    assert ["zero-copies", "birth-certificate"] == [reply("Giấy khai sinh", copies=n).rule.id for n in (0, 1)]


def test_one_of_several_papers_says_so() -> None:
    """A row that lets several papers answer is held when one named alternative is, and says of how many."""
    proposal = reply("Hộ chiếu/Thẻ căn cước/Giấy chứng nhận căn cước hoặc giấy tờ khác có dán ảnh")

    assert ("population", 4) == (proposal.evidence, proposal.alternatives)
    assert "one of 4 papers named is enough" in proposal.why


def test_the_procedure_can_make_the_entry_the_lost_one() -> None:
    """Who registers a birth anew has lost the entry: it answers nothing. Elsewhere it does."""
    assert not reply("Bản sao Giấy khai sinh", procedure="Thủ tục đăng ký lại khai sinh").held
    assert reply("Bản sao Giấy khai sinh", procedure="Đăng ký việc nuôi con nuôi trong nước").held


def test_how_long_a_result_may_be_used_is_read_from_the_row() -> None:
    """06 months, 90 days; else what the rule says."""
    texts = [
        "Phiếu lý lịch tư pháp được cấp không quá 90 ngày",
        "Phiếu lý lịch tư pháp, cấp chưa quá 06 tháng",
        "Giấy xác nhận tình trạng hôn nhân",
    ]

    assert ["days:90", "days:180", "days:180"] == [reply(text).validity for text in texts]


@pytest.mark.parametrize(
    ("text", "group", "about"),
    [
        ("Giấy khai sinh của con", "", "child"),
        ("Giấy chứng tử của cha đẻ", "", "deceased"),
        ("Thẻ căn cước", "", "applicant"),
        ("Thẻ căn cước của mẹ", "", "mother"),
        ("Giấy khai sinh", "Hồ sơ của người được nhận làm con nuôi", "child"),
        ("Giấy tờ chứng minh nơi cư trú cuối cùng của người chết", "", "deceased"),
    ],
)
def test_whose_paper_it_is(text: str, group: str, about: str) -> None:
    """The row's own words first, then its group's, then the rule's."""
    assert about == reply(text, group=group).about


FORMS = st.sampled_from(
    [
        "Tờ khai",
        "Đơn đề nghị",
        "Đơn xin",
        "Mẫu điện tử tương tác",
        "Phiếu đề nghị",
        "Văn bản cam đoan",
        "Văn bản ủy quyền",
        "Giấy cam đoan",
        "Văn bản thỏa thuận",
        "Biên lai thu lệ phí",
        "Lệ phí",
        "Ảnh chụp",
        "Lưu ý:",
        "Giấy đề nghị",
        "Bản khai",
    ]
)
BULLETS = st.sampled_from(
    ["", "- ", "+ ", "* ", "1. ", "a", "01 bản ", "Bản chính ", "Trường hợp cần thiết thì phải nộp "]
)
TIES = st.sampled_from([" ", " về việc cấp ", " kèm theo ", ", ", "; ", " và bản sao ", " hoặc ", " theo mẫu, có "])


@settings(max_examples=400, deadline=None)
@given(BULLETS, FORMS, TIES, st.sampled_from(sorted(HELD)))
def test_no_form_fee_statement_or_note_is_held_whatever_it_names(bullet: str, form: str, tie: str, paper: str) -> None:
    """The first word decides: what a form goes on to name does not make it held."""
    if bullet == "a":
        bullet = "a) "
    proposal = reply(f"{bullet}{form}{tie}{paper[0].lower()}{paper[1:]}")

    assert not proposal.held, proposal.rule.id


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(HELD)),
    st.sampled_from(["NFC", "NFD"]),
    st.booleans(),
    st.sampled_from(["", "\u200e", "\u00ad"]),
    st.integers(0, 30),
)
def test_how_it_is_typed_changes_nothing(text: str, form: str, loud: bool, hidden: str, at: int) -> None:
    """Composed or not, capitals, invisible characters, spaces: the same answer."""
    typed = unicodedata.normalize(form, text.upper() if loud else text)
    at = min(at, len(typed))

    assert reply(text).evidence == reply(f"  {typed[:at]}{hidden}{typed[at:].replace(' ', '  ')} ").evidence


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (("kind: form", "kinds: form"), 0, "unknown key kinds"),
        (("answer: register:birth", "answer: registry:birth"), 0, "is unknown"),
        (("'giấy báo tử'", "'giấy (báo tử'"), 0, "no regular expression"),
        (("<lost>))(giấy", "<gone>))(giấy"), 0, "no list of words"),
        (("'giấy chứng nhận khai sinh'", "'giấy <chứng nhận khai sinh'"), 0, "lacks a >"),
        (("- id: fee", "- id: form"), 0, "for the second time"),
        (("validity: days:180", "validity: soon"), 0, "is not understood"),
    ],
)
def test_a_wrong_rule_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], line: int, what: str) -> None:
    """File and line, what is wrong, what is known."""
    text = (HCMC / FILE).read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / FILE).write_text(text.replace(change[0], change[1], 1), encoding="utf-8")
    (tmp_path / lexicon.FILE).write_text((HCMC / lexicon.FILE).read_text(encoding="utf-8"), encoding="utf-8")

    with pytest.raises(DeploymentInvalid, match=rf"{FILE}:[0-9]+: .*{what}") as caught:
        read_rules(tmp_path)
    assert caught.value.hint


def test_a_rule_counts_on_its_days_only(tmp_path: Path) -> None:
    """From its first day to its last; a rule without days counts always."""
    text = (HCMC / FILE).read_text(encoding="utf-8")
    dated = text.replace(
        "  - id: police-record\n", "  - id: police-record\n    valid_from: 2024-07-01\n    valid_to: 2026-06-30\n"
    )
    (tmp_path / FILE).write_text(dated, encoding="utf-8")
    (tmp_path / lexicon.FILE).write_text((HCMC / lexicon.FILE).read_text(encoding="utf-8"), encoding="utf-8")
    days = [date(2024, 6, 30), date(2024, 7, 1), date(2026, 6, 30), date(2026, 7, 1)]
    paper = Paper("9.000001", "9.000001/1", "Phiếu lý lịch tư pháp", "", 1)

    assert [False, True, True, False] == [propose(read_rules(tmp_path, day), paper).held for day in days]
    assert propose(read_rules(tmp_path), paper).held
