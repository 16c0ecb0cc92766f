"""What `hub run` shows of the Ministry's question, over the two sockets that it goes through. All people are synthetic."""

from __future__ import annotations

import pytest

from hub.demonstration.showcase_ministry import the_ministry_asks
from tests.hub import registers
from tests.service import asked, ministry_calls
from tests.service.asked import KEY, NAME, WIFE, Ministry, hold, on_its_way
from tests.sockets import listening

contracts = registers.contracts
engine = registers.engine
put = registers.put
units = registers.units
hub = ministry_calls.hub
city = asked.city
ministry = asked.ministry


def shown(hub, ministry: Ministry, capsys: pytest.CaptureFixture[str], address: str = "") -> str:
    the_ministry_asks(hub, ministry, address or ministry.city, KEY, "000.00.15.H29-220602-0001", "79")
    printed = " ".join(capsys.readouterr().out.split())
    return printed[printed.index("The Ministry asks") :]  # the services' log goes the same way


def test_receipt_and_checks_are_shown_and_nobody_s_name(put, hub, ministry: Ministry, capsys) -> None:
    """However often it is repeated."""
    hold(put)
    first, again = (shown(hub, ministry, capsys) for _ in range(2))
    assert first == again
    assert "(module BS, over SOAP and REST) for Sở Tư pháp, dossier 000.00.15.H29-220602-0001: state 4" in first
    assert "draft extract no. 1/2022/TLKH-BS" in first
    assert "1/2022/BN" in first
    assert "extract-anywhere" in first
    assert first.count("yes: ") == 4
    assert "NO: " not in first
    assert NAME not in first
    assert WIFE not in first


def test_a_check_that_does_not_hold_is_shown_as_such(put, hub, ministry: Ministry, capsys) -> None:
    hold(put)
    with listening(
        on_its_way(ministry.city, lambda printed: printed.replace("Bình".encode(), "Bính".encode()))
    ) as between:
        printed = shown(hub, ministry, capsys, between)
    assert printed.count("yes: ") == 3
    assert "NO: data is what the receipt says" in printed


def test_another_state_is_shown_with_its_reasons(hub, ministry: Ministry, capsys) -> None:
    printed = shown(hub, ministry, capsys)
    assert "state 6 Không tìm thấy, hoặc cơ quan không được phép khai thác" in printed
    assert "receipt" not in printed
