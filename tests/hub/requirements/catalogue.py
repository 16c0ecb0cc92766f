"""The shipped requirements, an invented catalogue of five papers, and the commands over both."""

from __future__ import annotations

from typer.testing import CliRunner

from hub.cli import app
from hub.core.settings import ROOT
from hub.requirements.catalogue import read_requirements
from proofs import requirements

HCMC = ROOT / "deployments" / "hcmc"
SHARED = ROOT.parent / "shared" / "data" / "tthc"
SHIPPED = read_requirements(HCMC)
ROWS = [r for rows in SHIPPED.values() for r in rows]
PAPERS = """ma_tthc,group_title,paper_name,ban_chinh,ban_sao
9.000001,Hồ sơ,Tờ khai theo mẫu,1,
9.000001,Hồ sơ,Bản sao Giấy khai sinh của con,0,2
9.000001,Hồ sơ,Lưu ý: bản chụp phải rõ nét,0,
9.000002,,Phiếu lý lịch tư pháp được cấp chưa quá 06 tháng,1,
9.000002,,Thẻ căn cước hoặc hộ chiếu,1,1
"""
PROCEDURES = "ma_tthc,ten\n9.000001,Thủ tục thứ nhất\n9.000002,Thủ tục thứ hai\n"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["requirements", *arguments], catch_exceptions=False)
    assert 0 == result.exit_code
    return result.stdout


def prove(*arguments: str) -> str:
    result = CliRunner().invoke(requirements.app, arguments, catch_exceptions=False)
    assert 0 == result.exit_code
    return result.stdout
