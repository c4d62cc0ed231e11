"""What is asked in the comparison: the scenes, the site that is asked, and the policy under which Izin decides."""

import random
import shutil
from pathlib import Path
from typing import Final, NamedTuple

from gateway.agents import catalogue

ROOT = Path(__file__).parent.parent
HOST: Final = "www.antara.example"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GPTBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
)
PROXIES: Final = ("nginx", "haproxy", "envoy", "traefik", "caddy")
IZIN: Final = ("izin", "unsealed", "plain")


class Scene(NamedTuple):
    """One kind of load. ``targets`` are measured with it, nginx first among the proxies; ``status`` is that of every answer, None
    where they differ; ``script`` is what wrk runs in place of asking for one ``path`` by one ``agent``."""

    name: str
    what: str
    targets: tuple[str, ...]
    path: str = "/"
    agent: str = BROWSER
    status: int | None = 200
    script: bool = False


SCENES: Final = (
    Scene(
        "pass",
        "a reader gets a page of 30 KB",
        ("direct", *PROXIES, "bare", *IZIN),
        "/berita/artikel.html",
    ),
    Scene("small", "a reader gets 1.5 KB", ("direct", *PROXIES, "bare", *IZIN), "/berita/kecil.html"),
    Scene("large", "a reader gets 2 MB", ("direct", *PROXIES, "bare", *IZIN), "/berita/video.bin"),
    Scene(
        "licensed",
        "a licensee's crawler gets the page of 30 KB, and its entry is on the disk before",
        ("direct", *PROXIES, *IZIN),
        "/berita/artikel.html",
        "ContohBot/1.0",
    ),
    Scene(
        "refuse",
        "GPTBot is refused; nginx answers a bare `return 403`",
        ("nginx", *IZIN),
        "/larangan",
        GPTBOT,
        403,
    ),
    Scene(
        "mixed",
        "readers and 260 crawlers ask for 50,000 articles of 30 KB, some far more often than others",
        ("direct", *PROXIES, *IZIN),
        status=None,
        script=True,
    ),
)
#: Measured at half the requests that Izin can do, for what is added to the time of an answer.
UNHURRIED: Final = ("pass", "licensed")
#: Requests a second at which nearly every one finds nothing else to be done.
ALONE: Final = 200

_LICENSE = """\
license: contoh-ai-2026
licensee: PT Contoh AI
contract: {number: ANT/LIS/2026/014, signed: 2026-01-05}
agents: [ContohBot]
proof: {addresses: [127.0.0.1/32]}
uses: [ai-input]
hosts: [www.antara.example]
on: [/berita/]
from: 2026-01-05
until: 2035-01-04
"""


def make_site(folder: Path) -> Path:
    """The files of the origin."""
    news = folder / "root/berita"
    news.mkdir(parents=True)
    (news / "artikel.html").write_bytes(b"<p>Berita uji.</p>\n" * 1600)
    (news / "kecil.html").write_bytes(b"<p>Berita uji.</p>\n" * 80)
    (news / "video.bin").write_bytes(bytes(2_000_000))
    return folder / "root"


def make_policy(folder: Path) -> Path:
    """`policies/antara`, with a license that the load's own address proves."""
    made = folder / "policy"
    shutil.copytree(ROOT / "policies/antara", made)
    shutil.rmtree(made / "tests")
    (made / "licenses/contoh-ai-2026.yaml").write_text(_LICENSE)
    return made


def make_script(folder: Path) -> Path:
    """What wrk runs for the mixed scene: seven of ten requests by readers with forty User-Agents, three by crawlers."""
    readers, crawlers = agents(random.Random(2026))
    script = folder / "mixed.lua"
    script.write_text(
        _SCRIPT.format(
            host=HOST,
            readers=",".join(f"'{one}'" for one in readers),
            crawlers=",".join(f"'{one}'" for one in crawlers),
        )
    )
    return script


def agents(chance: random.Random) -> tuple[list[str], list[str]]:
    """The User-Agents of readers, and of crawlers that the catalogue knows."""
    browsers = [
        f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
        for system in ("Windows NT 10.0; Win64; x64", "Linux; Android 14", "X11; Linux x86_64", "Macintosh")
        for major in range(134, 144)
    ]
    known = sorted({agent.name for agent in catalogue() if agent.name.isalnum()})
    return browsers, [f"Mozilla/5.0 (compatible; {name}/1.0)" for name in chance.sample(known, 260)]


_SCRIPT = """\
local readers = {{{readers}}}
local crawlers = {{{crawlers}}}
math.randomseed(2026)
local random, floor = math.random, math.floor
request = function()
  local among = random() < 0.7 and readers or crawlers
  local page = floor(50000 * random() ^ 3)
  return wrk.format('GET', '/berita/2026/' .. page, {{
    ['Host'] = '{host}', ['User-Agent'] = among[random(#among)],
    ['Accept'] = 'text/html,*/*;q=0.8', ['Accept-Language'] = 'id,en;q=0.5', ['Accept-Encoding'] = 'gzip, br',
  }})
end
"""
