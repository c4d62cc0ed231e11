"""A site that does all that a policy says, made of the gateway's own pure half: faults are put into it one by one."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime

from gateway.enforce import answer_to
from gateway.enforce.answer import Reply
from gateway.instants import instant
from gateway.policy.model import Policy
from gateway.proxy.dress import dress
from gateway.told.doctor import Case, Finding, Seen, examine, tour
from gateway.told.doctor.visit import Answer, Ask, Door, Failed, Got, Role, Trouble
from gateway.value import changed
from tests import sites

HOST = "www.antara.example"
ARTICLE = "/berita/4103/koperasi-kopi-lereng"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PAGE = f"""<!doctype html><html><head><title>Kopi</title>
<meta name="robots" content="max-image-preview:large"><script>var notice = "none"</script></head>
<body><h1>Kopi</h1><a href="{ARTICLE}">Koperasi kopi</a> <a href="https://elsewhere.example/a/1-2-3-4">x</a>
<aside>{{notice}}</aside></body></html>
"""
SITEMAP = f"<urlset><url><loc>https://{HOST}{ARTICLE}</loc></url></urlset>"

Site = Callable[[Ask], Answer]
Change = Callable[[Ask, Answer], Answer]


def policy(*hosts: str) -> Policy:
    return sites.policy(*(sites.host(name) for name in hosts or (HOST,)))


def case(its: Policy | None = None, **more) -> Case:
    how = {"scheme": "https", "authority": HOST, "now": instant(NOW), **more}
    return Case(its or policy(), **how)


READY = b'{"ready":true,"warnings":[],"untrusted_proxy":null,"version":1}'


class Ideal:
    """Answers as the gateway would, in front of an origin that has one article; remembers what it was asked."""

    def __init__(self, its: Policy, change: Change = lambda _ask, answer: answer) -> None:
        self.version = sites.version(its, NOW)
        self.change = change
        self.asked: list[Ask] = []

    def __call__(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        return self.change(ask, self._answer(ask))

    def _answer(self, ask: Ask) -> Answer:
        if ask.door is Door.ORIGIN:
            return Failed(Trouble.CLOSED, "connection refused")
        if ask.door is Door.ADMIN:
            return got(200, [], READY)
        if ask.scheme == "http":
            return got(301, [("location", f"https://{ask.authority}{ask.target}")])
        judged = sites.judgement(
            self.version,
            ask.visitor.user_agent,
            ask.target.encode(),
            host=ask.authority.partition(":")[0],
            at=NOW,
            accept=ask.visitor.accept,
        )
        judged = changed(judged, id=f"01KBBFZ9M0T4QJ8WZX7K3M{len(self.asked):04}")
        answer = answer_to(judged)
        if isinstance(answer, Reply):
            fields = [(name.decode(), value.decode()) for name, value in answer.fields]
            return got(answer.status, fields, answer.body)
        status, media_type, body = self._origin(ask.target)
        added = [(name.decode().lower(), value.decode()) for name, value in dress((), answer.obligations).add]
        return got(status, [("content-type", media_type), ("cache-control", "max-age=60"), *added], body)

    def _origin(self, target: str) -> tuple[int, str, bytes]:
        page = PAGE.format(notice=self.version.policy.rights.notice.id).encode()
        if target == "/sitemap.xml":
            return 200, "application/xml", SITEMAP.encode()
        return (
            (200, "text/html; charset=utf-8", page) if target in {"/", ARTICLE} else (404, "text/html", b"-")
        )


def got(status: int, fields: Iterable[tuple[str, str]], body: bytes = b"") -> Got:
    dated = [*fields, ("date", format_datetime(NOW, usegmt=True))]
    return Got(status, tuple(dated), body, False, instant(NOW))


def visited(its: Case, site: Site, most: int = 100) -> Seen:
    """The tour of a case through a site; it ends by itself."""
    way = tour(its)
    ask = next(way)
    for _ in range(most):
        try:
            ask = way.send(site(ask))
        except StopIteration as end:
            return end.value
    raise AssertionError("the tour does not end")


def diagnosis(its: Case, change: Change = lambda _ask, answer: answer) -> list[tuple[str, Finding]]:
    """What is found where the ideal site is changed."""
    seen = visited(its, Ideal(its.policy, change))
    return [(check.name, finding) for check, finding in examine(its, seen)]


def article(ask: Ask) -> bool:
    return ask.role in {Role.ARTICLE, Role.AGAIN}
