"""A warehouse with many synthetic births, made by one statement: for figures about what leaves the city, not about loading.

Each row has what the shipped contract `birth` demands, and the fields that the feed `moj-births` carries. Nobody in them
exists. The feed's receiver gets keys, and the feed is approved.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hub.app import Hub
from hub.core.actions import Actor
from hub.feeds import approvals, releases, signing
from hub.feeds.building import under_grants_in_force

FEED = "moj-births"
SYSTEM = "moj-registry"
PERSON = Actor("measuring", "synthetic births")

_FILL = """
    insert into warehouse.birth (_system, _key, _version, _hash, _known_from, _batch, _landing, _row,
        id, ma_don_vi, ngay_cap_nhat, so, quyen_so, trang_so, ngay_dang_ky, loai_dang_ky, noi_dang_ky, nks_ho_ten,
        nks_gioi_tinh, nks_ngay_sinh, nks_noi_sinh, nks_que_quan, nks_dan_toc, nks_quoc_tich, nks_so_ddcn, me_ho_ten,
        me_ngay_sinh, me_quoc_tich, cha_ho_ten, cha_ngay_sinh, cha_quoc_tich)
    select :system, n::text, t.at, sha256(convert_to(n::text, 'UTF8')), t.at, 1, 1, (n % 1000000 + 1)::int,
        n::text, t.unit, t.at, (n % 900)::text || '/' || t.year, (n % 40 + 1)::text || '/' || t.year,
        (n % 200 + 1)::text, t.year || '-' || lpad((n % 12 + 1)::text, 2, '0') || '-' || lpad((n % 28 + 1)::text, 2, '0'),
        '1', t.unit,
        (array['NGUYỄN','TRẦN','LÊ','PHẠM','HUỲNH','VÕ','ĐẶNG'])[n % 7 + 1] || ' ' ||
            (array['VĂN','THỊ','MINH','NGỌC'])[n % 4 + 1] || ' ' || (array['AN','BÌNH','CHÂU','DŨNG','HÀ','LINH'])[n % 6 + 1],
        (n % 2 + 1)::text, t.year || '-' || lpad((n % 12 + 1)::text, 2, '0'), 'Bệnh viện số ' || n % 90,
        'Phường ' || n % 300 || ', Thành phố Hồ Chí Minh', 'Kinh', 'VNM', '079' || lpad(n::text, 9, '0'),
        'TRẦN THỊ ' || (array['LAN','HOA','MAI'])[n % 3 + 1], (1960 + n % 40)::text, 'VNM',
        case when n % 9 > 0 then 'LÊ VĂN ' || (array['HÙNG','SƠN','TÂM'])[n % 3 + 1] end,
        case when n % 9 > 0 then (1955 + n % 40)::text || '-0' || (n % 9 + 1)::text end, case when n % 9 > 0 then 'VNM' end
    from (select n, (760 + n % 22)::text as unit, (2000 + n / 22 % 20)::text as year,
                 timestamptz '2022-06-01 00:00:00+00' + n * interval '1 millisecond' as at
          from generate_series(1, cast(:number as bigint)) n) t"""


def fill(hub: Hub, number: int) -> None:
    """Write so many births into the hub's warehouse."""
    with hub.engine.begin() as connection:
        connection.execute(sa.text(_FILL), {"system": SYSTEM, "number": number})
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("vacuum analyze warehouse.birth"))


def enrol(hub: Hub, folder: Path) -> None:
    """Make a receiver's keys and the folder of the city's (`keys/`), pin and approve: the feed may begin."""
    (folder / "keys").mkdir(parents=True)
    feed, now = hub.feed(FEED), hub.scenario.now()
    hub.publish_feeds()
    with hub.engine.begin() as connection:
        for name, private in (("opening", X25519PrivateKey.generate()), ("signing", Ed25519PrivateKey.generate())):
            secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / f"{name}.pem").write_bytes(secret)
            pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            approvals.pin(connection, feed.file.receiver, pem, PERSON, now)
        terms = under_grants_in_force(connection, feed).terms(hub.deployment.local_day(now)).digest
        approvals.approve(connection, feed.id, terms, PERSON, now)
        releases.release_waiting(connection, feed.id, terms, hub.keys, now)
    signer = signing.signers(hub.scenario.folder / "feed-keys")[0]
    (folder / "keys" / "city.pub.pem").write_text(signer.public_pem, encoding="utf-8")
