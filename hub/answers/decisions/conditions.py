"""The table that decides: reuse, confirm or ask. Pure: it takes facts and returns an outcome with every condition.

A condition holds, raises a doubt, or fails. If any fails, the outcome is *ask*; else if any doubts, *confirm*; else
*reuse*. The same facts always give the same answer. A jurist reads the cases in docs/decisions-once-only.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from hub.answers.decisions.facts import Condition, ConditionEffect, Confirmed, Demand, Facts, Outcome
from hub.evidence.doubts import LEFT_RELEASED, WAIVER_EXPIRED
from hub.evidence.evidence import Evidence
from hub.evidence.locator import Found
from hub.evidence.registers import DEATH

Verdict = tuple[ConditionEffect, str, str]
HELD_ANYWHERE = frozenset({"", "toàn quốc", "cả nước"})


def decide(facts: Facts) -> tuple[Outcome, tuple[Condition, ...]]:
    """The outcome with all its reasons. Conditions about evidence are left out when there is none."""
    population = facts.wanted.answer == "population"
    reasons = list(_judge(BY_POPULATION if population else BEFORE, facts))
    if all(r.effect is not ConditionEffect.FAILS for r in reasons):
        reasons += [] if population else _judge(ABOUT_EVIDENCE, facts)
        reasons += facts.wanted.left_open()
    effects = {r.effect for r in reasons}
    outcome = (
        Outcome.ASK
        if ConditionEffect.FAILS in effects
        else Outcome.CONFIRM
        if ConditionEffect.DOUBT in effects
        else Outcome.REUSE
    )
    return outcome, tuple(reasons)


def _answerable(facts: Facts) -> Verdict:
    if facts.wanted.answer in ("register", "result") and facts.wanted.evidence_type:
        return ConditionEffect.HOLDS, facts.wanted.evidence_type, "Giấy tờ này thuộc loại thành phố có thể đang giữ."
    if facts.wanted.answer == "population" and facts.population is not None:
        return ConditionEffect.HOLDS, "population", "Cơ sở dữ liệu quốc gia về dân cư trả lời được."
    return (
        ConditionEffect.FAILS,
        facts.wanted.answer or "none",
        "Không có dữ liệu nào của thành phố thay được giấy tờ này.",
    )


def _permitted(facts: Facts) -> Verdict:
    if not facts.permission.granted:
        return ConditionEffect.FAILS, "no grant", "Cơ quan hỏi không có quyền khai thác dữ liệu này."
    if not facts.permission.purpose_fits:
        return ConditionEffect.FAILS, "purpose mismatch", "Mục đích nêu ra không nằm trong quyền khai thác đã cấp."
    if not facts.permission.law_fits:
        return (
            ConditionEffect.FAILS,
            "legal basis mismatch",
            "Căn cứ pháp lý nêu ra không phải là căn cứ của quyền khai thác đã cấp.",
        )
    return ConditionEffect.HOLDS, facts.permission.grant, "Cơ quan hỏi có quyền khai thác cho mục đích này."


def _said(facts: Facts) -> Verdict:
    if facts.subject_known:
        return ConditionEffect.HOLDS, "stated", "Hồ sơ cho biết giấy tờ nói về ai."
    return ConditionEffect.FAILS, "not stated", "Hồ sơ không cho biết giấy tờ nói về ai."


def _held(facts: Facts) -> Verdict:
    if facts.found:
        return (
            ConditionEffect.HOLDS,
            f"{len(facts.found)} found by {facts.found[0].by}",
            "Thành phố đang giữ thông tin phù hợp.",
        )
    return (
        ConditionEffect.FAILS,
        facts.source or "not held",
        "Thành phố không giữ thông tin này, hoặc không tìm được bằng những gì hồ sơ nêu.",
    )


def _population(facts: Facts) -> Verdict:
    answered = facts.population or Confirmed("nobody to ask")
    if answered.reason or not answered.agrees:
        return (
            ConditionEffect.FAILS,
            answered.reason or "nothing confirmed",
            "Cơ sở dữ liệu quốc gia về dân cư không xác nhận, hoặc không trả lời.",
        )
    return (
        ConditionEffect.DOUBT,
        f"agrees: {', '.join(answered.agrees)}",
        "Cơ sở dữ liệu quốc gia về dân cư xác nhận: cán bộ tra cứu tại đó, không yêu cầu nộp.",
    )


def _one(facts: Facts) -> Verdict:
    certain = [each for each in facts.found if each.certain]
    if len(facts.found) == 1 and certain:
        return ConditionEffect.HOLDS, f"one, by {certain[0].by}", "Chỉ có một thông tin khớp chắc chắn."
    if len(certain) == 1:
        return (
            ConditionEffect.DOUBT,
            f"one certain among {len(facts.found)}",
            "Có thông tin khác cũng gần khớp: cần xem.",
        )
    if len(certain) > 1:
        if len({_said_by(each.evidence) for each in certain}) > 1:
            return (
                ConditionEffect.FAILS,
                f"{len(certain)} certain, contradictory",
                "Các thông tin đang giữ mâu thuẫn nhau.",
            )
        return ConditionEffect.DOUBT, f"{len(certain)} certain, alike", "Có nhiều thông tin giống nhau: cần chọn."
    differs = sorted({fact for each in facts.found for fact in each.differs})
    value = f"{len(facts.found)} possible, by {facts.found[0].by}" + (
        f"; differs: {', '.join(differs)}" if differs else ""
    )
    return ConditionEffect.DOUBT, value, "Chỉ khớp một phần: cần đối chiếu."


def _agreed(facts: Facts) -> Verdict:
    conflicts = sorted({field for each in facts.found for field in each.conflicts})
    if conflicts:
        sentence = "Các hệ thống ghi khác nhau về cùng một đăng ký: đối chiếu với sổ giấy (Luật Hộ tịch Điều 60.2)."
        return ConditionEffect.DOUBT, f"systems differ: {', '.join(conflicts)}", sentence
    systems = sorted({each.system for each in facts.source_entries})
    if any(each.linked for each in facts.found):
        return (
            ConditionEffect.HOLDS,
            f"held alike by {', '.join(systems)}",
            "Các hệ thống ghi giống nhau về cùng một đăng ký.",
        )
    return ConditionEffect.HOLDS, "held by one system", "Chỉ một hệ thống ghi thông tin này."


def _handed_in(facts: Facts) -> Verdict:
    given = {each.given for each in facts.items if each.given is not None}
    if not given:
        return ConditionEffect.HOLDS, "register or result", "Thông tin lấy từ sổ hộ tịch hoặc từ kết quả đã cấp."
    if True in given:
        sentence = (
            "Đã nộp thành công một lần (Thông tư 32/2017/TT-BTTTT Điều 4.2a): xem bản số hóa, không yêu cầu nộp lại."
        )
        return ConditionEffect.DOUBT, "handed in once, dossier taken in", sentence
    return (
        ConditionEffect.FAILS,
        "handed in, dossier not taken in",
        "Giấy tờ từng nộp nhưng hồ sơ không được tiếp nhận: chưa phải là đã nộp thành công.",
    )


def _alive(facts: Facts) -> Verdict:
    certain = [each for each in facts.deaths if each.certain and each.evidence.ended is None]
    if not facts.deaths and any(not each.role for each in facts.items):
        return (
            ConditionEffect.HOLDS,
            "nobody named",
            "Hỏi về cả đăng ký, không nêu ai: không có ai để xét việc khai tử (Luật Hộ tịch Điều 63).",
        )
    if facts.wanted.evidence_type == DEATH or not facts.deaths:
        return (
            ConditionEffect.HOLDS,
            "no death entry" if not facts.deaths else "death asked about",
            "Không có đăng ký khai tử ngăn việc dùng lại.",
        )
    if certain:
        return (
            ConditionEffect.FAILS,
            "death registered",
            "Người này đã được đăng ký khai tử: thông tin bị khóa (Luật Hộ tịch Điều 34).",
        )
    if any(each.evidence.ended is None for each in facts.deaths):
        return ConditionEffect.DOUBT, "possible death entry", "Có đăng ký khai tử có thể là của người này: cần xem."
    return ConditionEffect.HOLDS, "death declaration annulled", "Tuyên bố chết đã bị hủy."


def _in_force(facts: Facts) -> Verdict:
    ended = sorted({each.ended for each in facts.source_entries if each.ended})
    if not ended:
        return ConditionEffect.HOLDS, "not ended", "Không có ghi chú chấm dứt, hủy."
    return ConditionEffect.FAILS, f"ended: {', '.join(ended)}", "Sổ đã ghi chú chấm dứt hoặc hủy."


def _undisputed(facts: Facts) -> Verdict:
    if any(each.disputed for each in facts.source_entries):
        return ConditionEffect.FAILS, "source sent two contents", "Nguồn đưa hai nội dung khác nhau cho cùng một bản."
    findings = sorted({finding for each in facts.source_entries for finding in each.findings})
    if LEFT_RELEASED in findings:
        sentence = "Bản ghi không còn ở nguồn, người có thẩm quyền đã xác nhận: không dùng lại."
        return ConditionEffect.FAILS, "left its source", sentence
    if WAIVER_EXPIRED in findings:
        sentence = (
            "Văn bản chấp nhận tạm thời cho bản ghi sai quy tắc đã hết hạn: không dùng lại cho đến khi nguồn sửa."
        )
        return ConditionEffect.FAILS, "waiver expired", sentence
    if findings:
        return (
            ConditionEffect.DOUBT,
            f"findings: {', '.join(findings)}",
            "Có cảnh báo chất lượng chưa xử lý: cần đối chiếu.",
        )
    return ConditionEffect.HOLDS, "no dispute, no finding", "Không có mâu thuẫn hay cảnh báo."


def _not_expired(facts: Facts) -> Verdict:
    ends = [end for each in facts.items for end in _ends(facts.wanted, each)]
    if facts.wanted.validity.startswith("days:") and any(each.issued is None for each in facts.items):
        return ConditionEffect.DOUBT, "day of issue unknown", "Không rõ ngày cấp nên không tính được thời hạn: cần xem."
    if any(end < facts.today for end in ends):
        return ConditionEffect.FAILS, f"expired {min(ends)}", "Giấy tờ đã hết thời hạn."
    return ConditionEffect.HOLDS, f"until {min(ends)}" if ends else "no term", "Còn thời hạn, hoặc không có thời hạn."


def _territory(facts: Facts) -> Verdict:
    scopes = {(each.scope or "").strip().lower() for each in facts.items}
    if facts.wanted.territory == "any" or scopes <= HELD_ANYWHERE | set(map(str.lower, facts.here)):
        return ConditionEffect.HOLDS, "valid here", "Có hiệu lực tại nơi tiếp nhận."
    return ConditionEffect.FAILS, "other territory", "Phạm vi hiệu lực không gồm nơi tiếp nhận."


def _fresh(facts: Facts) -> Verdict:
    limit = facts.wanted.max_age_days if facts.wanted.max_age_days is not None else facts.usual_age_days
    if facts.source == "refreshed":
        return ConditionEffect.HOLDS, "asked at its source just now", "Vừa hỏi lại tại nguồn."
    ages = [_age(facts, each) for each in facts.found]
    source = f"; {facts.source}" if facts.source else ""
    if any(age is None for age in ages):
        return ConditionEffect.FAILS, f"never synced{source}", "Chưa đồng bộ trọn vẹn từ nguồn."
    oldest = max(age for age in ages if age is not None)
    if oldest > limit:
        return (
            ConditionEffect.FAILS,
            f"{oldest} days since the last sync, at most {limit}{source}",
            "Bản sao đã quá thời hạn sử dụng (Nghị định 47/2020 Điều 41.2).",
        )
    return (
        ConditionEffect.HOLDS,
        f"{oldest} days since the last sync, at most {limit}",
        "Bản sao còn trong thời hạn sử dụng.",
    )


def _age(facts: Facts, found: Found) -> int | None:
    """Days since the copy was last compared with a source. Any source that agrees counts."""
    synced = [each.synced_at for each in (found.evidence, *(() if found.conflicts else found.linked)) if each.synced_at]
    return (facts.today - max(synced).date()).days if synced else None


def _said_by(item: Evidence) -> tuple[str | None, ...]:
    return item.name, item.born, item.registered, item.book, item.entry, item.paper


def _ends(wanted: Demand, item: Evidence) -> list[date]:
    ends = [item.valid_until] if item.valid_until else []  # a term on the paper binds, whatever the requirement says
    if wanted.validity.startswith("days:") and item.issued:
        ends.append(item.issued + timedelta(days=int(wanted.validity.removeprefix("days:"))))
    return ends


BEFORE: tuple[tuple[str, Callable[[Facts], Verdict]], ...] = (
    ("answerable", _answerable),
    ("permitted", _permitted),
    ("person-told", _said),
    ("held", _held),
)
BY_POPULATION: tuple[tuple[str, Callable[[Facts], Verdict]], ...] = (
    ("answerable", _answerable),
    ("permitted", _permitted),
    ("person-told", _said),
    ("alive", _alive),
    ("population", _population),
)
ABOUT_EVIDENCE: tuple[tuple[str, Callable[[Facts], Verdict]], ...] = (
    ("one-candidate", _one),
    ("sources-agree", _agreed),
    ("handed-in", _handed_in),
    ("alive", _alive),
    ("in-force", _in_force),
    ("undisputed", _undisputed),
    ("not-expired", _not_expired),
    ("territory", _territory),
    ("fresh", _fresh),
)


def _judge(table: Iterable[tuple[str, Callable[[Facts], Verdict]]], facts: Facts) -> Iterable[Condition]:
    for id_, condition in table:
        effect, value, sentence = condition(facts)
        yield Condition(id_, effect, value, sentence)
        if effect is ConditionEffect.FAILS and table is not ABOUT_EVIDENCE:
            return
