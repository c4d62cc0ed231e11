"""What is remembered under a policy goes with it: a site takes up new versions for as long as it runs."""

import gc
import weakref
from dataclasses import replace
from ipaddress import ip_network

from gateway.enforce import answer_to
from gateway.record import decision_entry
from gateway.seal.erasable import SALT
from gateway.vocabulary import Level
from tests.sites import judgement, license_, policy, version


class Texts(dict):
    """Texts of a policy, of which one can see when they are gone."""


def asked(under):
    """A licensee, and a crawler that is refused, for a page with a query of which the entry keeps nothing."""
    for name in ("ChatGPT-User/1.0", "GPTBot/1.3"):
        judged = judgement(under, name, b"/berita/1?utm=2")
        answer_to(judged)
        decision_entry(judged, Level.DURABLE, "", lambda: bytes(SALT))
    return judged


def test_nothing_keeps_a_policy_of_before():
    held = license_("contoh", ["ChatGPT-User"], addresses=(ip_network("203.0.113.0/24"),))
    texts = Texts()
    seen = weakref.ref(texts)
    asked(version(replace(policy(licenses=[held]), texts=texts)))
    del texts
    for _ in range(2):  # one that is replaced may be held against the next
        asked(version(policy(licenses=[held])))
    gc.collect()
    assert seen() is None
