"""A text is named by its SHA-256, in the one way that journal, policy and statements share."""

from gateway.digest import digest_of


def test_the_name_of_a_text_is_the_published_digest():
    """The first example of NIST's "SHA-256 test vectors" (abc)."""
    assert digest_of(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
