"""Whether the links and pictures of built pages lead somewhere. Addresses on the web are not followed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Attributes that make the browser load something by itself; a page must not need a network for them.
_LOADED = {
    ("img", "src"),
    ("script", "src"),
    ("link", "href"),
    ("audio", "src"),
    ("source", "src"),
    ("iframe", "src"),
}
#: Links of `<link>` that say something about the page and load nothing.
_NOT_LOADED = {"author", "canonical", "index", "next", "prev", "search", "copyright"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[str, bool]] = []
        self.without_words: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if identifier := given.get("id") or (tag == "a" and given.get("name")):
            self.anchors.add(str(identifier))
        rel = set((given.get("rel") or "").split())
        for name in ("href", "src"):
            if target := given.get(name):
                loaded = (tag, name) in _LOADED and not (tag == "link" and rel & _NOT_LOADED)
                self.links.append((target, loaded))
        if tag == "img" and "alt" not in given:
            self.without_words.append(given.get("src") or "")

    handle_startendtag = handle_starttag


def problems(site: Path) -> Iterator[str]:
    """What is wrong with built pages.

    Args:
        site: The folder with the pages.

    Yields:
        A sentence for each link or picture without a target, each thing that would be loaded from the web, and each
        picture without a text alternative.
    """
    read = cache(_read)
    for file in sorted(site.rglob("*.html")):
        if "_static" in file.relative_to(site).parts:
            continue
        page, name = read(file), file.relative_to(site)
        for source in page.without_words:
            yield f"{name}: the picture {source} has no text alternative"
        for target, loaded in page.links:
            parts = urlsplit(target)
            if parts.scheme in ("http", "https") or parts.netloc:
                if loaded:
                    yield f"{name}: loads {target} from the web"
            elif not parts.scheme:
                aim = (file.parent / unquote(parts.path)).resolve() if parts.path else file
                if not aim.is_file():
                    yield f"{name}: {target} leads to a file that does not exist"
                elif aim.suffix == ".html" and unquote(parts.fragment) not in {"", *read(aim).anchors}:
                    yield f"{name}: {target} leads to a place that does not exist"


def _read(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def main() -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check the internal links of built pages.")
    parser.add_argument("site", type=Path, help="the folder with the pages")
    found = list(problems(parser.parse_args().site))
    print("\n".join(found) or "Every internal link leads somewhere.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
