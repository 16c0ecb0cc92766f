"""The exit codes, from the error tree and from the command line's own help."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from types import ModuleType

import connectors
import contracts
import hub
import quality
from contracts.errors import HubError, Permanent, Transient
from docs.generate.text import item

ROOTS = (HubError, Transient, Permanent)
PACKAGES = (contracts, connectors, quality, hub)

VIETNAMESE = {
    0: "xong",
    1: "một luồng của `hub run` thất bại, hoặc lỗi mà trục chưa đặt tên",
    2: "không có thứ được nêu tên, hoặc gõ lệnh sai",
    3: "một lô bị giữ: người có thẩm quyền quyết định (`hub held list`)",
    4: "có đẳng thức không khớp (`hub doctor` nêu chỗ sai)",
    5: "hệ thống nguồn đang tạm dừng (`hub systems pause ... --resume` để chạy tiếp)",
    6: "có cơ quan chạm hạn mức mà chưa ai xem (`hub audit --alerts`)",
    7: "hai bộ kiểm tra không thống nhất, luồng dừng (`hub second-opinion list`)",
    65: "hợp đồng dữ liệu sai; thông báo nêu tệp và dòng",
    70: "phải có người xử lý: chạy lại cũng vậy",
    75: "chờ rồi thử lại: lỗi có thể tự hết",
    76: "lần chạy mới hơn đã làm thay; không phải làm gì",
    78: "cấu hình triển khai hoặc thiết lập sai",
    130: "bị người dùng ngắt (Ctrl-C)",
    143: "bị kết thúc (SIGTERM); những gì lệnh đã khởi động cũng dừng",
}


def codes() -> dict[int, str]:
    """Code -> meaning, as `hub --help` says it."""
    from hub.cli import application

    text = (application.__doc__ or "").split("exit codes:", 1)[1]
    return {
        int(code): " ".join(meaning.split())
        for code, meaning in re.findall(r"(\d+) ([^·]+?)(?= ·|\s*\Z)", text, re.DOTALL)
    }


def tree(kind: type[HubError] = HubError) -> Iterator[type[HubError]]:
    """Every named error of the packages, once each."""
    _import_all()
    packages = {package.__name__ for package in PACKAGES}
    # Whoever imported the service or a test's own errors before must not change the page.
    yield from (each for each in _below(kind, set()) if each.__module__.partition(".")[0] in packages)


def by_code() -> Mapping[int, list[type[HubError]]]:
    """Code -> the errors that end with it, without the branches themselves and what never leaves its module."""
    found: dict[int, list[type[HubError]]] = {}
    for kind in sorted(set(tree()) - set(ROOTS), key=lambda k: k.__name__):
        if kind.__name__.startswith("_"):
            continue
        found.setdefault(kind.exit_code, []).append(kind)
    return found


def exit_codes() -> Iterator[str]:
    """Each code with its meaning and the errors behind it."""
    errors = by_code()
    for code, meaning in codes().items():
        yield from (f"### {code}: {meaning}", "")
        for kind in errors.get(code, []):
            first = inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0]
            yield from item(f"`{kind.__name__}`: {' '.join(first.split())}")
        if errors.get(code):
            yield ""


def exit_codes_in_vietnamese() -> Iterator[str]:
    """Each code in a Vietnamese sentence. A code without one stops the generator."""
    yield "| mã | nghĩa |"
    yield "|---|---|"
    for code in codes():
        yield f"| {code} | {VIETNAMESE[code]} |"


def _below(kind: type[HubError], seen: set[type[HubError]]) -> Iterator[type[HubError]]:
    if kind in seen:
        return
    seen.add(kind)
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each, seen)


def _import_all() -> None:
    """Every module of the packages: an error may be named beside the code that raises it."""
    for package in PACKAGES:
        for name in _modules(package):
            importlib.import_module(name)


def _modules(package: ModuleType) -> Iterator[str]:
    skipped = ("migrations", "expectations", "__main__")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith(skipped) and ".migrations." not in module.name:
            yield module.name
