"""Builds the docs site in both languages: `make docs`, or `python -m docs.site`. A warning of the generator ends it.

    the tree's pages ──links rewritten──> build/docs/<language>/ ──zensical --strict──> build/site/, build/site/vi/

The pages are written for whoever reads them in the tree, so they link to code. The site holds pages only: here a link
to a file that is no page becomes the file's name, and a link into the other language becomes an address of the site.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
FENCED = re.compile(r"(^```.*?^```[^\n]*$)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")

Pages = Mapping[str, str]
"""Path in the tree -> path below the site's folder of that language."""


class LinkBroken(ValueError):
    """A page links to a file that the tree does not have."""


def settings() -> dict[str, dict[str, object]]:
    """docs/site.yaml: `common` of both languages, then one part a language."""
    read: dict[str, dict[str, object]] = yaml.safe_load((ROOT / "docs" / "site.yaml").read_text(encoding="utf-8"))
    return read


def pages_of(language: str, extra: Mapping[str, str]) -> dict[str, str]:
    """The pages of a language: those of its folder, and the pages of the tree's top that site.yaml names."""
    folder = ROOT / "docs" / ("vi" if language == "vi" else "")
    found = sorted(p for p in folder.rglob("*.md") if language == "vi" or "vi" not in p.relative_to(folder).parts[:1])
    return {**{str(p.relative_to(ROOT)): str(p.relative_to(folder)) for p in found}, **extra}


def rewritten(text: str, page: str, own: Pages, other: Pages, across: str) -> str:
    """The page's text with links as the site needs them. `across` leads from this language's root to the other's.

    Raises:
        LinkBroken: a relative link names no file of the tree.
    """

    def link(m: re.Match[str]) -> str:
        target, _, anchor = m["target"].partition("#")
        if not target or "://" in target or target.startswith("mailto:"):
            return m[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        tail = f"#{anchor}" if anchor else ""
        here = posixpath.dirname(own[page])
        if path in own:
            return f"{m['image']}[{m['text']}]({posixpath.relpath(own[path], here or '.')}{tail})"
        if path in other:
            html = posixpath.join(across, re.sub(r"\.md$", ".html", other[path]))
            return f"[{m['text']}]({posixpath.join(posixpath.relpath('.', here or '.'), html)}{tail})"
        if path.startswith("docs/assets/"):
            asset = posixpath.relpath(path.removeprefix("docs/"), here or ".")
            return f"{m['image']}[{m['text']}]({asset})"
        if not (ROOT / path).exists():
            raise LinkBroken(f"{page}: {m['target']} is no file of the tree")
        name = m["text"].strip("`")
        return f"`{path}`" if path.endswith(name) else f"{m['text']} (`{path}`)"

    # Between fences as a whole: the words of a link may run over the end of a line.
    parts = FENCED.split(text)
    return "".join(part if n % 2 else LINK.sub(link, part) for n, part in enumerate(parts))


def navigation(nav: list[object], own: Pages) -> list[object]:
    """The menu of site.yaml; an entry `folder/*` stands for every page of the folder that is not named elsewhere.

    Raises:
        LinkBroken: a page of the language is missing in the menu, or the menu names one that is not there.
    """
    named = set(_named(nav))
    every = set(own.values())
    globs = {name for name in named if name.endswith("/*")}
    beneath = {name: sorted(p for p in every - named if p.startswith(name[:-1])) for name in globs}
    missing = every - named - {page for pages in beneath.values() for page in pages}
    if missing or (named - globs) - every:
        raise LinkBroken(f"docs/site.yaml: not in the menu {sorted(missing)}; no page {sorted(named - globs - every)}")
    return _expanded(nav, beneath)


def _named(nav: list[object]) -> Iterator[str]:
    for entry in nav:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            yield from _named(value) if isinstance(value, list) else [str(value)]


def _expanded(nav: list[object], beneath: Mapping[str, list[str]]) -> list[object]:
    out: list[object] = []
    for entry in nav:
        if isinstance(entry, dict):
            [(title, value)] = entry.items()
            out.append({title: _expanded(value, beneath) if isinstance(value, list) else value})
        else:
            out.extend(beneath.get(str(entry), [entry]))
    return out


def build(language: str, all_pages: Mapping[str, Pages], options: Mapping[str, dict[str, object]]) -> None:
    """One language's pages, configuration and HTML."""
    own = all_pages[language]
    other = all_pages["en" if language == "vi" else "vi"]
    folder = BUILD / "docs" / language
    for path, name in own.items():
        text = rewritten(
            (ROOT / path).read_text(encoding="utf-8"), path, own, other, ".." if language == "vi" else "vi"
        )
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "assets", folder / "assets")
    mine = {key: value for key, value in options[language].items() if key != "pages"}
    config = {**options["common"], **mine, "docs_dir": f"docs/{language}", "site_dir": options[language]["site_dir"]}
    config["theme"] = {**options["common"]["theme"], **mine["theme"]}  # type: ignore[dict-item]
    config["nav"] = navigation(options[language]["nav"], own)  # type: ignore[arg-type]
    file = BUILD / f"{language}.yml"
    file.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")
    subprocess.run(
        [Path(sys.executable).with_name("zensical"), "build", "--strict", "-f", str(file)], check=True, cwd=BUILD
    )


def main() -> int:
    """Both languages, English first: the Vietnamese pages stand below it."""
    shutil.rmtree(BUILD, ignore_errors=True)
    options = settings()
    all_pages = {each: pages_of(each, options[each]["pages"]) for each in ("en", "vi")}  # type: ignore[arg-type]
    try:
        for language in ("en", "vi"):
            build(language, all_pages, options)
    except LinkBroken as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    print(f"open {BUILD / 'site' / 'index.html'}; with search: {sys.executable} -m http.server -d {BUILD / 'site'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
