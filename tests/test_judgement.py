"""What is remembered of equal judgements."""

from gateway.judgement import Alike
from tests.sites import host, judgement, policy, version


def test_a_new_version_empties_what_was_remembered():
    kept = Alike[str]()
    old, new = judgement(version()), judgement(version(policy(host("*.antara.example"))))
    assert kept.keep(old, None, "lama") == kept.get(old) == "lama"
    assert kept.get(old, "lain") is None
    assert kept.get(new) is None
    kept.keep(new, None, "baru")
    assert (kept.get(new), kept.get(old)) == ("baru", None)
