"""How fast the review console is: `python -m bench.console [ENTRIES] [--days N] [--folder DIR] [--write]`.

Months of a site are written (`bench.months`) and indexed; then the real console is started, somebody signs in, and asks for every
page, once right after the start and then again. For each page are told: milliseconds by the wall's clock and of the server's
processor, first and again (the median of `AGAIN`), and the octets of the first view, with all that a browser fetches for it. What
takes longer than `LIMIT` or is larger than `ROOM` is marked. A folder that is named is kept, and asked again without being written anew.

The threads that count ahead, whoever looks, are no page's cost; but where two cores have other work they stand in its way.
"""

import argparse
import re
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from bench.made import write
from bench.months import entries
from bench.report import PAGE, machine
from bench.visits import Answer, console
from gateway.audit.index import Index
from gateway.audit.query import Query, ask
from gateway.audit.reader import Reader
from gateway.audit.stats import stats
from gateway.instants import DAY, utc
from gateway.lookups.folder import load
from gateway.told.month import Month

POLICY: Final = Path(__file__).parents[1] / "policies" / "antara"
AGAIN: Final = 5
#: Milliseconds of a page, and octets of a first view, that are too many.
LIMIT, ROOM = 200.0, 150_000


class Page(NamedTuple):
    """A page by what it is called in the table, where it is, and whether it is a file, of which no view is drawn."""

    name: str
    path: str
    file: bool = False


def pages(index: Index, now: int, middle: int) -> list[Page]:
    """Every page of the console, about what this journal holds; single entries are those before ``middle`` (µs UTC)."""
    known = stats(index, Query(kinds=("agents",)))
    operator = next(name for name, _ in known.by["operator"] if name is not None)
    agent = known.by["agent"][0][0]
    path = stats(index, Query(verdicts=("deny",)), 1).paths[0][0]

    def newest(**asked: object) -> str:
        found = ask(index, Query(limit=1, phases=("decision",), until=middle, **asked))  # type: ignore[arg-type]
        return next(str(entry["id"]) for entry in found if isinstance(entry, dict))

    full, reader = newest(verdicts=("deny",)), newest(kinds=("people",))
    case = next(index.printed(place)["id"] for place in index.events(("case",)))
    day = f"{utc(middle):%Y-%m-%d}"
    month = Month.of(utc(now).date())
    its = f"/operators/{quote(operator, safe='')}"
    terms = [index.printed(place)["details"]["terms"] for place in index.events(("policy",))]
    asked = {
        "refused": "verdict=deny",
        "a reader's": "kind=people",
        "impostors": "kind=impostors",
        "welcome": "audience=welcome",
        "an operator": f"operator={quote(operator)}",
        "an agent": f"agent={quote(str(agent))}",
        "a purpose": "purpose=ai-train",
        "a rule": "rule=uses.ai-train",
        "a rule that never decided": "rule=tidak-ada",
        "a license": "license=contoh-ai-2026",
        "violations": "violations=1",
        "a page": f"path={quote(path)}$",
        "a page nobody asked for": "path=/tidak/ada/",
        "a section": "section=foto",
        "a section, one day": f"section=foto&since={day}&until={day}",
        "a network, one day": f"address=203.0.2.0/24&since={day}&until={day}",
        "a network": "address=203.0.2.0/24",
        "an address that never came": "address=192.0.2.77",
        "an address of IPv6 that never came": "address=2001:db8::77",
        "one day": f"since={day}&until={day}",
        "30 days": "since=30d",
        "refused of an operator on a section": f"verdict=deny&operator={quote(operator)}&section=foto",
    }
    searched = {
        "a short code": full[-8:],
        "a reader's short code": reader[-8:],
        "a code that is none": "ZZZZZZZZ",
        "an operator": operator,
        "a section": "foto",
        "an address": "192.0.2.77",
        "a page": "/foto/",
        "a word that is nowhere": "bukan apa-apa",
    }
    return [
        *(Page(f"Today, {name}", f"/?period={name}") for name in ("24h", "7d", "30d")),
        *(Page(f"Today, the plot of {name}", f"/today.json?period={name}") for name in ("24h", "7d", "30d")),
        Page("decisions", "/decisions"),
        *(Page(f"decisions, {name}", f"/decisions?{query}") for name, query in asked.items()),
        Page("decisions, readers one by one", "/decisions?kind=people&each=1"),
        *(Page(f"search, {name}", f"/search?q={quote(what)}") for name, what in searched.items()),
        Page("one decision, a refusal", f"/decisions/{full}"),
        Page("one decision, a reader's", f"/decisions/{reader}"),
        Page("one event, a case", f"/decisions/{case}"),
        Page("operators, 7 days", "/operators"),
        Page("operators, 30 days", "/operators?period=30d"),
        Page("an operator, 7 days", its),
        Page("an operator, 30 days", f"{its}?period=30d"),
        Page("an operator's case file, asked for", f"{its}/case"),
        Page("licenses", "/licenses"),
        Page("a license", "/licenses/contoh-ai-2026"),
        Page("a license's statement", "/licenses/contoh-ai-2026/statement"),
        Page("the letter, last month", "/letter"),
        Page("the letter, this month", f"/letter?month={month}"),
        Page("the letter, two months ago", f"/letter?month={month.before.before}"),
        Page("policy", "/policy"),
        Page("policy, a request tried", "/policy?agent=GPTBot/1.2&path=/foto/1"),
        Page("policy, statements", "/policy/statements"),
        Page("policy, history", "/policy/history"),
        Page("policy, a difference", f"/policy/difference?before={terms[0]}&after={terms[-1]}"),
        Page("a text", f"/texts/{terms[-1]}"),
        Page("accounts", "/accounts"),
        Page("CSV, hours of 30 days", "/hours.csv?period=30d", file=True),
        Page("CSV, purposes", "/purposes.csv?period=30d", file=True),
        Page("CSV, 2,000 decisions", "/decisions.csv", file=True),
        Page("CSV, operators", "/operators.csv?period=30d", file=True),
        Page("CSV, an operator's pages", f"{its}/pages.csv?period=30d", file=True),
        Page("CSV, an operator's days", f"{its}/days.csv?period=30d", file=True),
        Page("CSV, licenses", "/licenses.csv", file=True),
        Page("CSV, a license's statement", "/licenses/contoh-ai-2026/statement.csv", file=True),
        Page("CSV, pages of the letter", "/letter/pages.csv", file=True),
        Page("CSV, the terms", "/policy/history.csv", file=True),
        Page("CSV, accounts", "/accounts.csv", file=True),
    ]


def measure(policy: Path, journal: Path, wanted: list[Page]) -> list[str]:
    """The table, line by line, as it is made."""
    lines = [
        "| page | first, ms | of the processor | again, ms | of the processor | first view |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    print("\n".join(lines))
    with console(policy, journal) as visited:
        for page in wanted:
            first = visited.ask(page.path)
            if first.status not in {200, 303, 404}:
                print(f"{page.name}: {first.status}", file=sys.stderr)
            again = [visited.ask(page.path) for _ in range(AGAIN)]
            lines.append(_line(page, first, again, 0 if page.file else visited.first_view(first)))
            print(lines[-1], flush=True)
        memory = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{visited.process.pid}/status").read_text())
        lines += ["", f"Memory of the console at most: {int(memory[1]) // 1024 if memory else 0} MB."]
        print("\n".join(lines[-2:]))
    return lines


def _line(page: Page, first: Answer, again: list[Answer], octets: int) -> str:
    wall, cpu = (statistics.median(getattr(one, name) for one in again) for name in ("wall", "cpu"))
    times = [f"{_marked(1000 * one, LIMIT)}" for one in (first.wall, first.cpu, wall, cpu)]
    view = _marked(octets / 1000, ROOM / 1000) + " kB" if octets else ""
    status = "" if first.status == 200 else f" ({first.status})"
    return f"| {page.name}{status} | {' | '.join(times)} | {view} |"


def _marked(value: float, most: float) -> str:
    return f"**{value:.0f}**" if value > most else f"{value:.0f}"


def make(folder: Path, requests: int, days: int, now: int) -> str:
    """The journal of so many requests, and the index of it; what these are like."""
    other = folder / "policy"
    shutil.copytree(POLICY, other)
    site = other / "site.yaml"
    text = site.read_text("utf-8")
    site.write_text(text.replace("ai-index: deny", "ai-index: license", 1), "utf-8")
    journal = folder / "journal"
    made = entries(journal, (load(other), load(POLICY)), requests, now - days * DAY, now)
    write(journal, made, 2 * requests)
    began, said = time.process_time(), time.monotonic()

    def progress(done: int, total: int, taken: int) -> None:
        nonlocal said
        if time.monotonic() - said > 5:
            said = time.monotonic()
            print(f"index: {100 * done // max(1, total)} %, {taken:,} entries", file=sys.stderr)

    with closing(Index(Reader(journal), progress, rebuild=True)) as index:
        took = time.process_time() - began
        index.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        octets = sum(path.stat().st_size for path in journal.glob("*.izj"))
        return (
            f"{index.last:,} entries of {days} days, journal {octets / 1e6:,.0f} MB, index"
            f" {index.path.stat().st_size / 1e6:,.0f} MB, {index.last / took:,.0f} entries/s taken in by a core. On {machine()}.\n"
        )


def put(how: str, lines: list[str]) -> None:
    """Put the table into the page on performance, between its marks."""
    before, begin, rest = PAGE.read_text("utf-8").partition("<!-- console -->\n")
    _, end, after = rest.partition("<!-- console ends -->")
    PAGE.write_text(f"{before}{begin}{how}\n" + "\n".join(lines) + f"\n{end}{after}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.console", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("entries", type=int, nargs="?", default=200_000, help="two for each request")
    parser.add_argument("--days", type=int, default=92, help="over which they are spread")
    parser.add_argument("--folder", type=Path, help="keep the journal there; ask it again if it is there")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--only", default="", metavar="TEXT", help="pages whose name has this")
    told = parser.parse_args()
    now = time.time_ns() // 1000
    with tempfile.TemporaryDirectory(prefix="izin-bench-") as temporary:
        folder, how = told.folder or Path(temporary), ""
        journal = folder / "journal"
        if not (journal / "lane.json").exists():
            how = make(folder, told.entries // 2, told.days, now)
            print(how)
        for name in ("console.sqlite", "console.sqlite-wal", "console.sqlite-shm"):
            (journal / name).unlink(missing_ok=True)  # somebody may make the first account
        with closing(Index(Reader(journal))) as index:
            wanted = [
                page for page in pages(index, now, now - told.days * DAY // 4) if told.only in page.name
            ]
        lines = measure(POLICY, journal, wanted)
        if told.write:
            put(how, lines)


if __name__ == "__main__":
    main()
