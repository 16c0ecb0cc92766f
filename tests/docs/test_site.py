"""The docs site: built for real, in both languages, without a warning and without anything fetched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import site


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site; a warning of the generator ends the build with another code."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "BUILD", folder / "build")
        assert 0 == site.main()
    return folder / "build" / "site"


def html(built: Path) -> dict[str, str]:
    return {str(page.relative_to(built)): page.read_text(encoding="utf-8") for page in built.rglob("*.html")}


def test_both_languages_have_a_first_page(built: Path) -> None:
    """Each in its language, each with the way to the other."""
    english, vietnamese = (built / name for name in ("index.html", "vi/index.html"))

    assert '<html lang="en"' in english.read_text(encoding="utf-8")
    assert '<html lang="vi"' in vietnamese.read_text(encoding="utf-8")
    assert re.search(r'href="(?:\./)?vi/index\.html" hreflang="vi"', english.read_text(encoding="utf-8"))
    assert re.search(r'href="\.\./index\.html" hreflang="en"', vietnamese.read_text(encoding="utf-8"))


def test_every_link_leads_to_a_page_of_the_site(built: Path) -> None:
    """The generator looks at its own pages only: links into the other language are looked at here."""
    broken = []
    for page, text in html(built).items():
        if page.endswith("404.html"):
            continue
        for target in re.findall(r'href="([^"#?:]+\.html)[#"]', text):
            if not ((built / page).parent / target).resolve().is_file():
                broken.append((page, target))
    assert len(html(built)) > 40

    assert [] == broken


def test_nothing_is_fetched_from_elsewhere(built: Path) -> None:
    """No font, script or style of others: the pages are read where there is no way out."""
    loaded = r'<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)"'

    assert [] == [(page, address) for page, text in html(built).items() for address in re.findall(loaded, text)]


def test_a_link_to_code_becomes_its_name() -> None:
    """The site has no copy of the code: the reader sees which file is meant."""
    pages = {"docs/a.md": "a.md"}

    assert "see `hub/load/exchange.py`" == site.rewritten(
        "see [`hub/load/exchange.py`](../hub/load/exchange.py)", "docs/a.md", pages, {}, "vi"
    )
    assert "the path (`hub/load/exchange.py`)" == site.rewritten(
        "[the path](../hub/load/exchange.py)", "docs/a.md", pages, {}, "vi"
    )


def test_a_link_into_a_fence_is_left_alone() -> None:
    """What a fence shows is shown as it is."""
    text = "```\n[x](../hub/load/exchange.py)\n```\n"

    assert text == site.rewritten(text, "docs/a.md", {"docs/a.md": "a.md"}, {}, "vi")


def test_a_link_to_nothing_is_named() -> None:
    """Page and target."""
    with pytest.raises(site.LinkBroken, match=r"docs/a\.md: \.\./hub/nothing\.py"):
        site.rewritten("[x](../hub/nothing.py)", "docs/a.md", {"docs/a.md": "a.md"}, {}, "vi")


def test_a_page_that_the_menu_forgets_is_named() -> None:
    """A page that nobody can find is no page."""
    with pytest.raises(site.LinkBroken, match=r"forgotten\.md"):
        site.navigation([{"Start": "index.md"}], {"README.md": "index.md", "docs/forgotten.md": "forgotten.md"})
