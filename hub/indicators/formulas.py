"""Each indicator: which decision it is of, what is divided by what, and which input it lacks.

A numerator or denominator is a sum of measures (`tables.py`), or one of the words below that `figures.py` looks up:

    in_time_now   in_time, and those that have not ended and whose promised day has not passed at the end of the period
    offered       procedures that the unit offers online      listed   all procedures of the deployment's list
                  (`offered_partly`: at level 3 only, `offered_fully`: at level 4)
    used          procedures offered online that had an online dossier in the period; `with_dossiers`: that had any
    idle          listed procedures without a dossier for a year, where a year of dossiers is counted
    at_offered    dossiers of procedures that the unit offers online; `online_at_offered`: of these, filed online
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

D766 = "QĐ 766/QĐ-TTg 23/06/2022"
D224 = "NĐ 224/2026/NĐ-CP, Điều 19"
ARTICLE = "Thanh Niên 02/06/2022"
SINCE_224 = date(2026, 7, 1)

OFFERS = "which procedures a unit offers online (danh mục dịch vụ công trực tuyến của đơn vị)"
"""The input without which shares of offered procedures are not known."""
FEES = "online dossiers with a fee that the portal lists as reduced (lệ phí trực tuyến được giảm)"
"""What is missing where no such dossier is counted."""
A_YEAR = "a year of dossiers (chưa đủ một năm hồ sơ)"
"""What is missing where dossiers of less than a year are counted."""


@dataclass(frozen=True)
class Indicator:
    """One indicator."""

    id: str
    english: str
    vietnamese: str
    decision: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    missing: str = ""
    """An input that no stream tells: the indicator is N/A, and says this."""
    hours: bool = False
    """A mean time in hours, not a share in percent."""
    since: date | None = None
    """First day of the decision, where others hold before it."""
    lower_is_better: bool = False


def _of(id: str, english: str, vietnamese: str, over: str, under: str, **more: object) -> Indicator:
    decision = str(more.pop("decision", D766))
    return Indicator(id, english, vietnamese, decision, tuple(over.split()), tuple(under.split()), **more)  # type: ignore[arg-type]


INDICATORS: Mapping[str, Indicator] = {
    each.id: each
    for each in (
        _of(
            "1.4",
            "dossiers told to the national portal",
            "hồ sơ được đồng bộ lên Cổng DVC quốc gia",
            "synced",
            "received",
        ),
        _of("2.1", "handled on time or early", "hồ sơ giải quyết đúng hạn, trước hạn", "in_time_now", "judged"),
        _of(
            "2.2",
            "mean handling time",
            "thời gian giải quyết trung bình",
            "handled_s",
            "finished",
            hours=True,
            lower_is_better=True,
        ),
        _of("3.1", "procedures offered online", "thủ tục được cung cấp trực tuyến", "offered", "listed"),
        _of("3.2", "online services with dossiers", "dịch vụ công trực tuyến có phát sinh hồ sơ", "used", "offered"),
        _of(
            "3.3",
            "dossiers online, with an electronic result where one is due",
            "hồ sơ trực tuyến có kết quả điện tử",
            "online",
            "received",
        ),
        _of("3.3-direct", "dossiers handed in at the counter", "hồ sơ nộp trực tiếp", "direct", "received"),
        _of("3.3-post", "dossiers sent by post", "hồ sơ nộp qua bưu chính", "by_post", "received"),
        _of("3.6", "fees paid online", "thanh toán trực tuyến", "paid_online", "fee_due"),
        _of("4.1", "electronic results", "cấp kết quả điện tử", "electronic", "result_due"),
        _of("4.2", "digitisation", "số hóa hồ sơ, kết quả", "digitised", "received"),
        _of(
            "4.3",
            "reuse of digitised data, by the formula's own signals",
            "khai thác, sử dụng lại thông tin, dữ liệu số hóa",
            "reusing",
            "received",
        ),
        _of(
            "4.3-marked",
            "reuse as marked by the units (DuocTaiSuDung)",
            "sử dụng lại theo đánh dấu của đơn vị",
            "reused",
            "received",
        ),
        _of(
            "4.3-unproven",
            "marks of reuse that name no result",
            "đánh dấu sử dụng lại không nêu kết quả thay thế",
            "unproven",
            "reused",
            lower_is_better=True,
        ),
        _of("4.4", "shared for reuse", "chia sẻ dữ liệu để dùng lại", "shared", "received"),
        _of("4.5", "checked against population data", "dùng dữ liệu dân cư", "population", "received"),
        _of(
            "5.4",
            "satisfaction",
            "mức độ hài lòng",
            "",
            "received",
            missing="complaints and dislikes of people who filed (phản ánh, đánh giá không hài lòng)",
        ),
        _of(
            "states-rewritten",
            "told to a portal as done although it waits or is stopped",
            "trạng thái gửi lên cổng khác trạng thái tại hệ thống",
            "rewritten",
            "synced",
            lower_is_better=True,
        ),
        _of(
            "online-share",
            "dossiers filed online, of procedures that the unit offers online",
            "tỷ lệ hồ sơ trực tuyến của thủ tục đã đưa lên",
            "online_at_offered",
            "at_offered",
            decision=ARTICLE,
        ),
        _of(
            "offered",
            "procedures a unit offers online",
            "thủ tục đã đưa lên trực tuyến",
            "offered",
            "listed",
            decision=ARTICLE,
        ),
        _of(
            "offered-level-3",
            "procedures offered partly online (level 3)",
            "thủ tục trực tuyến một phần (mức độ 3)",
            "offered_partly",
            "listed",
            decision=ARTICLE,
        ),
        _of(
            "offered-level-4",
            "procedures offered fully online (level 4)",
            "thủ tục trực tuyến toàn trình (mức độ 4)",
            "offered_fully",
            "listed",
            decision=ARTICLE,
        ),
        _of(
            "offered-used",
            "procedures offered online that had dossiers",
            "thủ tục trực tuyến có phát sinh hồ sơ",
            "with_dossiers",
            "offered",
            decision=ARTICLE,
        ),
        _of(
            "results-not-digitised",
            "results of finished dossiers without an electronic one",
            "kết quả chưa số hóa",
            "undigitised",
            "result_due",
            decision=ARTICLE,
            lower_is_better=True,
        ),
        _of(
            "fees-in-full",
            "fees charged in full online although the city's resolution reduces them",
            "lệ phí thu đủ khi nộp trực tuyến dù nghị quyết đã giảm",
            "in_full",
            "reduced_due",
            decision=ARTICLE,
            lower_is_better=True,
        ),
        _of(
            "idle-procedures",
            "procedures without a dossier for a year, anywhere in the city",
            "thủ tục một năm không phát sinh hồ sơ",
            "idle",
            "listed",
            decision=ARTICLE,
            lower_is_better=True,
        ),
        _of(
            "224-full-online",
            "procedures fully online",
            "dịch vụ công trực tuyến toàn trình",
            "offered_fully",
            "listed",
            decision=D224,
            since=SINCE_224,
        ),
        _of(
            "224-online",
            "dossiers filed online",
            "hồ sơ nộp trực tuyến",
            "filed_online",
            "received",
            decision=D224,
            since=SINCE_224,
        ),
        _of(
            "224-automation",
            "steps done without a person",
            "mức độ tự động hóa",
            "",
            "received",
            decision=D224,
            since=SINCE_224,
            missing="who or what did each step (bước xử lý tự động)",
        ),
        _of(
            "224-time",
            "mean handling time",
            "thời gian giải quyết trung bình",
            "handled_s",
            "finished",
            decision=D224,
            since=SINCE_224,
            hours=True,
            lower_is_better=True,
        ),
        _of(
            "224-on-time",
            "handled on time",
            "hồ sơ giải quyết đúng hạn",
            "in_time_now",
            "judged",
            decision=D224,
            since=SINCE_224,
        ),
        _of(
            "224-satisfaction",
            "satisfaction",
            "mức độ hài lòng",
            "",
            "received",
            decision=D224,
            since=SINCE_224,
            missing="answers of people who filed (đánh giá của người nộp)",
        ),
    )
}
