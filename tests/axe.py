"""What axe-core finds in a page: whether anybody can read it, by WCAG 2.2 level AA and the best practice beside it."""

from collections.abc import Sequence
from importlib.resources import files

from playwright.sync_api import Page

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
_BROKEN = """rules => axe.run({runOnly: rules}).then(found => found.passes.length == 0 ? ['nothing tried'] :
  found.violations.flatMap(one => one.nodes.map(node => one.id + ' ' + node.target)))"""


def broken(page: Page, rules: Sequence[str] = WCAG) -> list[str]:
    """The rules that a page breaks, and where."""
    page.evaluate(_AXE)
    return page.evaluate(_BROKEN, list(rules))
