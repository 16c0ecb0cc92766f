"""A contract file that is whole, for tests to break, and where a part of it stands."""

from __future__ import annotations

GOOD = """\
apiVersion: v3.2.0
kind: DataContract
id: books
name: books
version: 1.0.0
status: active
domain: dossier
description: {purpose: Books that were lent., limitations: A lent book may be back.}
team: {name: Thư viện}
slaProperties:
  - {property: latency, value: 1, unit: h}
  - {property: frequency, value: 1, unit: d}
  - {property: retention, value: permanent}
customProperties:
  - {property: title, value: Sách cho mượn}
  - {property: legalBasis, value: House rules 1}
  - {property: retention, value: Five years}
schema:
  - name: books
    businessName: Sách
    description: One lending.
    customProperties: [{property: versionField, value: changed}]
    properties:
      - name: soThe
        businessName: Số thẻ
        description: Number of the reader's card.
        logicalType: string
        logicalTypeOptions: {maxLength: 20, pattern: '[0-9]{4}'}
        classification: personal basic
        primaryKey: true
        primaryKeyPosition: 1
        required: true
      - name: ngayMuon
        businessName: Ngày mượn
        description: Day of lending.
        logicalType: string
        logicalTypeOptions: {format: partial-date}
        classification: none
      - name: changed
        businessName: Thời điểm cập nhật
        description: Change time.
        logicalType: timestamp
        classification: none
        required: true
        customProperties: [{property: transport, value: true}]
    quality:
      - id: lent-before-changed
        type: custom
        engine: motlan
        implementation: {rule: not_after, fields: [ngayMuon, changed], effect: quarantine}
        description: Ngày mượn không thể sau thời điểm cập nhật.
"""


def line_of(text: str, part: str) -> int:
    """The number of the first line that holds a part."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)
