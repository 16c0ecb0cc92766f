"""Sentences of rules for a ward clerk: the contract's, and those of the hub's own rules, which stand in no contract."""

from __future__ import annotations

from contracts.cross_rules import PREFIX, sentences
from contracts.model import Dataset
from hub.evidence import receiver_reasons

OWN_SENTENCES = {
    "record.engines-disagree": "Hai bộ kiểm tra chất lượng đếm khác nhau về đợt dữ liệu chứa bản ghi này; cần đối chiếu cho đến khi chúng thống nhất.",
    "record.version-conflict": "Hai nội dung khác nhau cho cùng một phiên bản của bản ghi; cần nguồn xác nhận bản đúng.",
    "record.version-behind": "Nguồn đưa bản ghi này với thời điểm cập nhật cũ hơn bản đang lưu mà nội dung khác; cần người xác định bản đúng.",
    "record.owner-quarantined": "Hồ sơ chứa mục này đang bị giữ lại, nên mục này chờ cùng hồ sơ.",
    "record.unclear-encoding": "Không chắc chữ trong bản ghi được viết bằng bảng mã nào; giữ nguyên như nhận được, cần người xem.",
    "record.unreadable": "Không đọc được bản ghi theo đúng mẫu đã thỏa thuận; giữ nguyên như nhận được, nguồn cần sửa và gửi lại.",
    "record.left-source": "Bản ghi không còn ở nguồn; cần người có thẩm quyền xác nhận trước khi thôi dùng làm căn cứ.",
    "record.left-released": "Bản ghi không còn ở nguồn, người có thẩm quyền đã xác nhận: không dùng làm căn cứ.",
    "record.waiver-expired": "Văn bản chấp nhận tạm thời cho bản ghi sai quy tắc đã hết hạn: không dùng làm căn cứ cho đến khi nguồn sửa.",
    "record.refused-by-receiver": "Nơi nhận (cổng dịch vụ công, hệ thống của Bộ) từ chối bản ghi này; cần sửa ở nguồn, bản mới sẽ được gửi lại.",
    "record.key": "Bản ghi không có mã hoặc không có thời điểm cập nhật nên không xác định được.",
}


def english(rule: str) -> str:
    """What a receiver's reason says, in English; empty: contracts say their rules in Vietnamese."""
    refused = receiver_reasons.of_rule(rule)
    return refused.en if refused else ""


def sentence(dataset: Dataset | None, rule: str) -> str:
    """What a rule says, in Vietnamese; empty: no contract of today has it."""
    if rule.startswith(PREFIX):
        return sentences().get(rule, "")
    if refused := receiver_reasons.of_rule(rule):
        return refused.vi
    own = OWN_SENTENCES.get(rule)
    if own is not None or dataset is None:
        return own or ""
    return next((each.sentence for each in dataset.rules if each.id == rule), "")
