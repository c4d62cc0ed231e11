"""Which Indonesian pages are behind their English ones: `python -m docs.translations`; with names, take them for up to date.

An Indonesian page begins with a mark: the digest of the English page that it was made from. Where that has changed since,
the page is not wrong yet, and nobody has to stop for it; but the site says so at its head, and this program names it.
"""

import hashlib
import re
import sys
from pathlib import Path

from docs.contents import Page, contents

_MARK = re.compile(r"\A<!-- english: ([0-9a-f]{12}) -->\n\n")
_GENERATED = re.compile(r"<!-- generated: [\w-]+ -->\n.*?<!-- end -->", re.DOTALL)


def digest(source: Path) -> str:
    """Of an English page as far as it is written by hand."""
    return hashlib.sha256(_GENERATED.sub("", source.read_text("utf-8")).encode()).hexdigest()[:12]


def behind(page: Page) -> bool:
    """Whether the English page is another one than its Indonesian version was made from."""
    if page.translation is None:
        return False
    mark = _MARK.match(page.translation.read_text("utf-8"))
    return mark is None or mark[1] != digest(page.source)


def unmarked(text: str) -> str:
    """A page without its mark."""
    return _MARK.sub("", text)


def main(names: list[str]) -> int:
    """Mark the named pages, and print those that are behind; exit 2 for a name that is no translated page."""
    pages = {
        page.name.removesuffix(".md"): page for part in contents() for page in part.pages if page.translation
    }
    if unknown := sorted(set(names) - pages.keys()):
        print(f"no Indonesian page: {', '.join(unknown)}", file=sys.stderr)
        return 2
    for name in names:
        path = pages[name].translation
        assert path is not None
        text = f"<!-- english: {digest(pages[name].source)} -->\n\n{unmarked(path.read_text('utf-8'))}"
        path.write_text(text, "utf-8")
    late = [name for name, page in pages.items() if behind(page)]
    print(
        f"Behind their English pages: {', '.join(late)}." if late else "Every Indonesian page is up to date."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
