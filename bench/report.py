"""The figures as tables in Markdown, and as a plot in SVG."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from bench.measure import Pace, Round
from bench.scenes import ROOT, Scene
from bench.targets import NAMES, python

PAGE: Final = ROOT / "docs/performance.md"
PLOT: Final = ROOT / "docs/performance.svg"
_BEGIN, _END = "<!-- measured -->", "<!-- /measured -->"
_HEAD: Final = """\
| target | requests/s | × nginx | p50 ms | p99 ms | CPU ms/1k | × nginx | MiB | not as expected |
|---|---:|---:|---:|---:|---:|---:|---:|---:|"""


def table(scene: Scene, figures: Mapping[str, Round]) -> str:
    """A scene's table; more than 1 × nginx is better, for CPU too."""
    base = figures["nginx"]
    lines = [f"{scene.what[0].upper()}{scene.what[1:]}:\n", *_HEAD.splitlines()]
    for name, one in figures.items():
        lines.append(
            f"| {NAMES[name]} | {one.rps:,.0f} | {one.rps / base.rps:.2f} | {one.p50:.2f} | {one.p99:.2f} "
            f"| {one.cpu:.1f} | {base.cpu / one.cpu if one.cpu else 0:.2f} | {one.memory:.0f} | {one.unexpected} |"
        )
    if scene.status is None and "izin" in figures:
        lines.append(f"\nIzin refuses {figures['izin'].refused:.0%} of them; the others pass all on.")
    return "\n".join(lines) + "\n"


def pace_table(scene: Scene, how: str, rate: float, paces: Mapping[str, Pace]) -> str:
    """How long an answer takes where requests come by chance, and how much of that the proxy adds."""
    if (base := paces.get("direct")) is None:
        return f"At {rate:,.0f} requests/s not even the load itself keeps up.\n"
    lines = [
        f"The same, {rate:,.0f} requests/s by chance, {how}: {scene.what}:\n",
        "| target | p50 ms | added | p99 ms | added |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, one in paces.items():
        added = ("", "") if name == "direct" else (f"{one.p50 - base.p50:.2f}", f"{one.p99 - base.p99:.2f}")
        lines.append(f"| {NAMES[name]} | {one.p50:.2f} | {added[0]} | {one.p99:.2f} | {added[1]} |")
    return "\n".join(lines) + "\n"


def machine() -> str:
    """What the figures were measured on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    asked = [python(), "-c", "import platform; print(platform.python_version())"]
    version = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    kernel = ".".join(platform.release().split(".")[:2])
    return (
        f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, Linux {kernel}, "
        f"CPython {version}"
    )


def write(how: str, tables: Sequence[str], drawn: str) -> None:
    """Put the tables into the page, between its marks, and the plot beside it."""
    before, _, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    plot = (
        f"![Requests for the same processor time by each proxy, as a share of those of nginx]({PLOT.name})\n"
    )
    PAGE.write_text(
        f"{before}{_BEGIN}\n{how} On {machine()}.\n\n{plot}\n" + "\n".join(tables) + f"{_END}{after}", "utf-8"
    )
    PLOT.write_text(drawn, "utf-8")


# ── the plot ────────────────────────────────────────────────────────────────────────────────────────────────────────

_ROW, _LEFT, _WIDTH, _GAP = 18, 150, 420, 34
_INK, _PALE, _OURS, _THEIRS = "#1a1a1a", "#d9d9d9", "#9c1f1f", "#6b7785"


def plot(results: Mapping[Scene, Mapping[str, Round]]) -> str:
    """Bars of the requests that one second of CPU is enough for, as a share of nginx's, which the neighbours of a machine
    trouble least; a block for each scene. Ours stand out, and nginx's is a line."""
    blocks = [_text(8, 16, "Requests for the same processor time, nginx = 1")]
    top = 20
    for scene, figures in results.items():
        shares = {name: figures["nginx"].cpu / one.cpu for name, one in figures.items() if name != "direct"}
        most = max(1.0, *shares.values())
        top += 16
        blocks.append(_text(8, top, f"{scene.what[0].upper()}{scene.what[1:]}", bold=True))
        top += 8
        line = _LEFT + _WIDTH / most
        blocks.append(
            f'<path d="M{line:.1f} {top}V{top + _ROW * len(shares)}" stroke="{_PALE}" stroke-width="2"/>'
        )
        for name, share in shares.items():
            fill = _OURS if name == "izin" else _THEIRS
            width = _WIDTH * share / most
            blocks.append(_text(_LEFT - 8, top + 13, NAMES[name].partition(",")[0].strip("*"), end=True))
            blocks.append(
                f'<rect x="{_LEFT}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 6}" fill="{fill}"/>'
            )
            blocks.append(_text(_LEFT + width + 6, top + 13, f"{share:.2f}"))
            top += _ROW
        top += _GAP - 16
    width = _LEFT + _WIDTH + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="11" fill="{_INK}">\n'
        f"<title>Requests for the same processor time</title>\n"
        f'<rect width="{width}" height="{top}" fill="#fff"/>\n' + "\n".join(blocks) + "\n</svg>\n"
    )


def _text(x: float, y: float, text: str, *, bold: bool = False, end: bool = False) -> str:
    more = (' font-weight="bold"' if bold else "") + (' text-anchor="end"' if end else "")
    return f'<text x="{x:.1f}" y="{y}"{more}>{escape(text)}</text>'
