"""Does the public site say and do what the policy says? Visits in, findings out.

Theory of operation. `tour` says what to ask for, one request after the other, and some I/O makes them. `examine` puts
what was seen to each of `CHECKS`: functions that look at nothing but the case (a policy and an address) and the visits,
and yield findings. What is expected is never written twice: documents and fields come from `gateway.statements`, and
what each client should get from `gateway.decide`.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from gateway.told.doctor import caches, clients, documents, doors, gateway, pages
from gateway.told.doctor.case import Case
from gateway.told.doctor.finding import Finding, Outcome
from gateway.told.doctor.tour import Seen, tour
from gateway.vocabulary import Sentence

__all__ = ["CHECKS", "Case", "Check", "Finding", "Outcome", "Seen", "examine", "tour"]


class Check(NamedTuple):
    """One thing that is looked at. ``name`` is stable; ``title`` is for people."""

    name: str
    title: Sentence
    look: Callable[[Case, Seen], Iterator[Finding]]


#: Everything that is looked at, in the order in which it is told.
CHECKS: Final[tuple[Check, ...]] = (
    Check("answers", Sentence("situs terbuka", "site is open"), doors.answers),
    Check("tls", Sentence("TLS", "TLS"), doors.without_tls),
    Check("documents", Sentence("dokumen", "documents"), documents.documents),
    Check("clients", Sentence("klien", "clients"), clients.clients),
    Check("refusals", Sentence("penolakan", "refusals"), clients.refusals),
    Check("fields", Sentence("medan kepala", "header fields"), pages.header_fields),
    Check("elements", Sentence("elemen HTML", "HTML elements"), pages.elements),
    Check("notice", Sentence("pemberitahuan", "notice"), pages.notice),
    Check("copies", Sentence("salinan", "kept copies"), caches.copies),
    Check("kept-refusals", Sentence("penolakan disimpan", "kept refusals"), caches.kept_refusals),
    Check("decisions", Sentence("Izin-Decision", "Izin-Decision"), caches.decision_field),
    Check("origin", Sentence("situs asal", "origin"), doors.origin),
    Check("other-name", Sentence("nama lain", "other name"), doors.other_name),
    Check("sitemap", Sentence("peta situs", "sitemap"), doors.sitemap),
    Check("trust-txt", Sentence("trust.txt", "trust.txt"), doors.trust),
    Check("gateway", Sentence("gateway", "gateway"), gateway.readiness),
    Check("clock", Sentence("jam", "clock"), doors.clock),
)


def examine(case: Case, seen: Seen) -> Iterator[tuple[Check, Finding]]:
    """Every finding of every check; where the site does not answer at all, that alone."""
    for check in CHECKS if seen.visits[0].got is not None else CHECKS[:1]:
        for finding in check.look(case, seen):
            yield check, finding
