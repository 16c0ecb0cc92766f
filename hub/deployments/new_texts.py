"""Texts of the files that `hub deployment new` writes, with comments for the people who fill them in."""

from __future__ import annotations

from string import Template

DEPLOYMENT = Template("""# $title. Written by hub deployment new; every key: docs/reference/deployment-files.md.
name: $name
title: $title
as_of: 2022-06-02T08:00:00+07:00   # when the clock of a scenario starts; the twins play that day
timezone: Asia/Ho_Chi_Minh
lists:                # code list named in contracts -> where its values stand (reference/)
  units: {file: units.csv, column: code, dated: true}
  procedures: {file: procedures.csv, column: code}
  countries: {file: countries.csv, column: alpha_2}
  ethnic_groups: {file: ethnic_groups.csv, column: name}
  legal_bases: {file: legal_bases.csv, column: id}
reuse:                # what decisions go by; the terms are yours: write what the agreement says
  usual_age_days: 7   # age of a copy since its stream was last read to the end
  deadline_s: 5       # how long an officer waits for a source that is asked anew
  here: [$title]      # names of this province in PhamViHieuLuc
""")

SYSTEM = Template("""system: $id
title: Hệ thống thông tin một cửa điện tử, UBND $unit_name
unit: "$unit"
dialect: one_stop                     # or another module of connectors/systems/
address: "{twins}/one-stop/$unit"     # a twin; the real one: https://...
owner: Văn phòng UBND $unit_name
contact: Bộ phận Tiếp nhận và trả kết quả, UBND $unit_name
schedule: "*/30 * * * *"              # cron, in the deployment's time zone
watch: 3s                             # of its twin; of a real one as agreed with its owner
overlap: 15m
contracts: [dossier]
valid_to: 2025-06-30                  # the district level ended
""")

PURPOSES = """# What each purpose needs, and no more: an answer holds what is requested AND granted AND needed.
# `needed`: dataset -> fields of a record. `answers`: yes or no where that suffices. The lists are yours.
purposes:
  - id: civil-status
    title: Giải quyết thủ tục hộ tịch
    legal_basis: once-held              # an id of reference/legal_bases.csv
    needed:
      dossier_result: [GiayToId, MaGiayToKetQua, SoKyHieu, NgayCap, ThoiHanHieuLuc, PhamViHieuLuc]
      dossier_component: [MaHoSo, TepDinhKemId, MaThanhPhanHoSo, DuocSoHoa, DuocTaiSuDung, MaKetQuaThayThe]
    answers: []
"""

GRANTS = Template("""# Who may have what: deny by default. This is a SAMPLE; the agreement between the agencies says the rest.
# territory: city (the whole province), or the code of the unit in which an entry must have been registered.
hourly_limit_without_grant: 60
grants:
  - id: civil-status-desks
    agencies: [$agencies]   # of the two sample districts
    datasets:
      dossier_result: [GiayToId, MaGiayToKetQua, SoKyHieu, NgayCap, ThoiHanHieuLuc, PhamViHieuLuc]
      dossier_component: [MaHoSo, TepDinhKemId, MaThanhPhanHoSo, DuocSoHoa, DuocTaiSuDung, MaKetQuaThayThe]
    purpose: civil-status
    legal_basis: once-held
    territory: city
    valid_from: 2022-01-01
    hourly_limit: 500
    approver: Sở Tư pháp (mẫu)
""")

KEEPERS = Template("""# Who keeps the civil-status books of a unit that ended. Nobody is guessed: all others go to `otherwise`.
otherwise: Sở Tư pháp $title
keepers: []
""")

TWINS = Template("""# The people of the twins. Weights are equal; write thousands of inhabitants to have them otherwise.
province: "$province"
""")

REQUIREMENTS = (
    "procedure,requirement,name,copies,answer,evidence_type,about,territory,max_age_days,validity,legal_basis,rule,"
    "reviewed,at_most,derivation,text_sha256,part_of,still\n"
    "$procedure,$procedure/1,Giấy xác nhận tình trạng hôn nhân,1,result,result:KQ.G15.000038,applicant,any,,days:180,"
    "once-held,sample,false,reuse,,$fingerprint,,\n"
)

CONTRACT = Template("""# A sample of a domain of this province's own. Rename it, or delete it: no system delivers it yet.
apiVersion: v3.2.0
kind: DataContract
id: household_business
name: household_business
version: 0.1.0
status: draft
domain: business
description:
  purpose: Hộ kinh doanh đã đăng ký; one record a household business, as it was after its last change.
  limitations: A sample. A business that has closed without saying so still stands in it.
team:
  name: Phòng Tài chính - Kế hoạch
slaProperties:
  - {property: latency, value: 24, unit: h}
  - {property: frequency, value: 1, unit: d}
  - {property: retention, value: permanent}
customProperties:
  - {property: title, value: Hộ kinh doanh}
  - {property: legalBasis, value: Nghị định 01/2021/NĐ-CP Điều 79-92}
  - {property: retention, value: As long as the business is registered; afterwards as the archive law says.}
schema:
  - name: household_business
    businessName: Hộ kinh doanh
    description: One household business.
    logicalType: object
    customProperties:
      - {property: versionField, value: ngayCapNhat}
      - {property: placeField, value: noiDangKy}   # a grant for a territory goes by it
      - {property: dayField, value: ngayDangKy}
      # - property: evidence   # without the marks: an entry answers the requirement register:household_business
      #   value:
      #     title: Giấy chứng nhận đăng ký hộ kinh doanh
      #     result: KQ.G00.000000   # of the result paper that it replaces, in the national catalogue
      #     roles: {owner: {number: soDinhDanhChuHo, name: chuHo, born: ngaySinhChuHo}}
      #     ended: {trangThai: [đã chấm dứt]}
    properties:
      - name: maSo
        businessName: Mã số hộ kinh doanh
        description: Number of the registration; never given to another.
        logicalType: string
        logicalTypeOptions: {pattern: "[0-9A-Z]{6,20}"}
        classification: none
        primaryKey: true
        primaryKeyPosition: 1
        required: true
      - name: ten
        businessName: Tên hộ kinh doanh
        description: Its name, as registered.
        logicalType: string
        logicalTypeOptions: {maxLength: 200}
        classification: none
        required: true
      - name: chuHo
        businessName: Chủ hộ kinh doanh
        description: Name of the person who registered it.
        logicalType: string
        logicalTypeOptions: {maxLength: 100}
        classification: personal basic
        required: true
      - name: soDinhDanhChuHo
        businessName: Số định danh cá nhân của chủ hộ
        description: Personal number of the owner, 12 digits.
        logicalType: string
        logicalTypeOptions: {pattern: "[0-9]{12}"}
        classification: personal basic
        customProperties: [{property: identity, value: true}]
      - name: ngaySinhChuHo
        businessName: Ngày sinh của chủ hộ
        description: Date of birth of the owner; a month or a year where the day is not known.
        logicalType: string
        logicalTypeOptions: {format: partial-date}
        classification: personal basic
      - name: trangThai
        businessName: Trạng thái
        description: Whether it is active.
        logicalType: string
        classification: none
      - name: noiDangKy
        businessName: Nơi đăng ký
        description: Code of the district that registered it, as of that day.
        logicalType: string
        classification: none
        required: true
        customProperties: [{property: codeList, value: units}]
      - name: ngayDangKy
        businessName: Ngày đăng ký
        description: Day of the registration.
        logicalType: string
        logicalTypeOptions: {format: partial-date}
        classification: none
        required: true
      - name: ngayCapNhat
        businessName: Ngày cập nhật
        description: When the record was last changed.
        logicalType: timestamp
        classification: none
        required: true
        customProperties: [{property: transport, value: true}]
""")
