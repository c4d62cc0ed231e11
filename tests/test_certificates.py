"""Client-Cert fields are read as values, whatever comes."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.certificates import (
    MOST_OCTETS,
    CertificateError,
    canonical_digest,
    canonical_name,
    read_certificate,
)
from tests.certificates import BEGINS, ENDS, ISSUER, SUBJECT, certificate, client_cert

NAMES = ("perayap.contoh.example", "https://contoh.example/perayap", "perayap@contoh.example", "192.0.2.7")
DER = certificate(names=NAMES)


def test_reads_what_a_license_may_name():
    read = read_certificate(client_cert(DER))
    assert read.sha256 == hashlib.sha256(DER).hexdigest()
    assert (read.subject, read.issuer) == (canonical_name(SUBJECT), canonical_name(ISSUER))
    assert read.names == set(NAMES)
    assert (read.begins, read.ends) == (BEGINS, ENDS)
    assert read_certificate(client_cert(certificate())).names == set()


@pytest.mark.parametrize(
    "field",
    [
        *("", "x", '"text"', "::", ":AAEC:", ":AA", "?1", client_cert(DER)[1:], client_cert(DER)[:-1]),
        client_cert(DER) + ", " + client_cert(DER),  # two lines
        client_cert(DER + b"\0"),
        client_cert(DER[:-1]),
        client_cert(b"\x30\x80" + bytes(200)),
        ":" + "A" * MOST_OCTETS + ":",
        "\xff\u0100",
    ],
)
def test_what_is_no_certificate(field):
    with pytest.raises(CertificateError):
        read_certificate(field)


@given(st.integers(0, len(DER) - 1), st.integers(0, 255), st.integers(0, 3))
def test_no_octets_crash_it(at, octet, cut):
    changed = DER[:at] + bytes((octet,)) + DER[at + 1 : len(DER) - cut]
    try:
        read = read_certificate(client_cert(changed))
    except CertificateError:
        return
    assert read.sha256 == hashlib.sha256(changed).hexdigest()


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("CN=a, O=PT Contoh,C=ID", "C=id,O=pt contoh,CN=A"),
        (r"CN=PT Contoh\, Tbk,O=x", r"O=X,CN=pt contoh\, tbk"),
        ("CN=a+OU=b,O=c", "O=c,OU=b,CN=a"),
    ],
)
def test_names_of_one_entity_are_equal(written, same):
    assert canonical_name(written) == canonical_name(same)


@pytest.mark.parametrize("written", ["", "contoh", "CN=", "=a", "CN=a,,O=b"])
def test_what_is_no_name(written):
    with pytest.raises(ValueError, match="name"):
        canonical_name(written)


def test_digests_are_written_as_programs_print_them():
    digest = hashlib.sha256(DER).hexdigest()
    printed = ":".join(digest[at : at + 2].upper() for at in range(0, 64, 2))
    assert canonical_digest(printed) == canonical_digest(digest) == digest
    for text in ("", "ab", digest + "0", digest[:-1] + "g"):
        with pytest.raises(ValueError, match="SHA-256"):
            canonical_digest(text)
