"""What goes into a decision and what comes out: facts, and an outcome with its conditions.

Values; `conditions.py` decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hub.access.grants.permission import Permission
from hub.evidence.evidence import Evidence
from hub.evidence.locator import Found


class Outcome(StrEnum):
    """What the officer does about a requirement."""

    REUSE = "reuse"
    """Dùng lại: the city holds it."""
    CONFIRM = "confirm"
    """Đối chiếu: probably this one; look and confirm."""
    ASK = "ask"
    """Yêu cầu nộp: not held, expired, contradictory, or not permitted."""


class ConditionEffect(StrEnum):
    """What a condition says."""

    HOLDS = "holds"
    DOUBT = "doubt"
    FAILS = "fails"


@dataclass(frozen=True)
class Condition:
    """One reason of a decision."""

    id: str
    effect: ConditionEffect
    value: str
    """What was found, without a value of a person."""
    sentence: str
    """The same for an officer, in Vietnamese."""


@dataclass(frozen=True)
class Demand:
    """What a requirement demands of evidence (a row of `requirements.csv`)."""

    answer: str
    """`register`, `result`, `population` or `none`."""
    evidence_type: str
    territory: str = "any"
    """`city`: the paper must be valid in the city; `any`."""
    max_age_days: int | None = None
    """Greatest age of the copy (Decree 47/2020 Art. 41.2b); None: the deployment's own."""
    validity: str = "none"
    """`none`, `until ThoiHanHieuLuc` or `days:N` from the day of issue."""
    at_most: str = "reuse"
    """`confirm` where the row's words leave something to an officer."""

    review: str = "confirmed"
    """What a jurist settled about the row: `proposed`, `confirmed` or `rejected`."""
    still: str = ""
    """What the row demands besides this paper."""
    stood_for: str = ""
    """The person of the paper, where the applicant stands for one whom the dossier does not name."""

    def left_open(self) -> tuple[Condition, ...]:
        """The doubts of a row whose words leave something open, or that no jurist has settled; a clear row has none."""
        found = []
        if self.at_most != Outcome.REUSE and self.answer != "population":
            sentence = "Lời văn của thành phần hồ sơ còn chỗ phải xem (giấy của ai, trường hợp nào): cần đối chiếu."
            found.append(Condition("row-read", ConditionEffect.DOUBT, f"at most {self.at_most}", sentence))
        if self.stood_for:
            sentence = "Hồ sơ không nêu chủ của giấy tờ: lấy người yêu cầu, cần đối chiếu."
            found.append(
                Condition("row-person", ConditionEffect.DOUBT, f"applicant for the {self.stood_for}", sentence)
            )
        if self.still:
            sentence = f"Đây chỉ là một phần của thành phần hồ sơ: vẫn phải nộp {self.still}."
            found.append(Condition("row-part", ConditionEffect.DOUBT, f"still to hand in: {self.still}", sentence))
        if self.review == "rejected":
            sentence = "Người có thẩm quyền đã bác cách hiểu thành phần hồ sơ này: yêu cầu nộp."
            found.append(Condition("row-reviewed", ConditionEffect.FAILS, "rejected", sentence))
        elif self.review == "proposed" and self.answer != "population":
            sentence = "Cách hiểu thành phần hồ sơ này mới là đề xuất, chưa có người có thẩm quyền xác nhận: đối chiếu."
            found.append(Condition("row-reviewed", ConditionEffect.DOUBT, "proposed", sentence))
        return tuple(found)


@dataclass(frozen=True)
class Confirmed:
    """What the population database answered, or why it gave no answer. Names of facts, never a value."""

    reason: str = ""
    """Why it confirms nothing: `not asked`, `unknown`, `differs: hoTen`, or the error's name. Empty: it confirms."""
    agrees: tuple[str, ...] = ()
    """Facts that agree with it."""


@dataclass(frozen=True)
class Facts:
    """All that a decision may look at."""

    wanted: Demand
    permission: Permission
    subject_known: bool
    """The dossier says whom the paper is about."""
    found: tuple[Found, ...]
    deaths: tuple[Found, ...]
    """Death entries of the same person."""
    today: date
    here: tuple[str, ...]
    """Names under which the place of the asking agency stands in PhamViHieuLuc."""
    usual_age_days: int
    source: str = ""
    """What became of reading the source again when the copy was too old: empty, `refreshed`, or the reason why not."""
    population: Confirmed | None = None
    """What the population database answered; None: this deployment has none."""

    @property
    def items(self) -> tuple[Evidence, ...]:
        """The candidates' evidence."""
        return tuple(each.evidence for each in self.found)

    @property
    def source_entries(self) -> tuple[Evidence, ...]:
        """The candidates' evidence, with the same entry from every other system."""
        return tuple(one for each in self.found for one in (each.evidence, *each.linked))
