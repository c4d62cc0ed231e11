"""`izin check` says how much the journal will grow; a gateway that is run for a while agrees."""

import http.client
import json

import pytest

from tests.live import rig

REQUESTS = 3_000
BROWSER = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36"
GPTBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)"
)
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def who(number: int) -> str:
    """In a hundred requests five of AI crawlers, five of search engines, and a browser that did not come before."""
    if number % 20 == 0:
        return GPTBOT
    return GOOGLE if number % 20 == 1 else BROWSER.format(number if number % 100 == 2 else 142)


def test_what_check_expects_is_what_a_gateway_writes(serve, policy):
    gateway = serve()
    line = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    for number in range(REQUESTS):
        path = f"/berita/{4_800_000 + number // 10}/harga-beras-turun-menjelang-akhir-tahun-di-pasar"
        line.request("GET", path, headers={"Host": rig.HOST, "User-Agent": who(number)})
        line.getresponse().read()
    line.close()
    gateway.program.process.terminate()
    gateway.program.process.wait(20)
    written = sum(path.stat().st_size for path in gateway.journal.glob("*.izj"))
    asked = ("--requests-per-day", str(REQUESTS), "--shares", "people=90,ai=5,welcome=5")
    day = json.loads(rig.izin("check", str(policy), "--json", *asked))["day"]
    least, most = day["journal_octets"]
    assert (least + most) / 2 == pytest.approx(written, rel=0.25)
