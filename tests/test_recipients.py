"""Whom alerts go to, as it is written in settings."""

import pytest

from gateway.recipients import MailServer, Recipient, parse_mail_server, parse_recipients, signing_key


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("mailto:redaksi@koran.example", (Recipient("redaksi@koran.example", mail=True),)),
        ("https://a.example/x?token=1", (Recipient("https://a.example/x?token=1", mail=False),)),
    ],
)
def test_recipients(text, found):
    assert parse_recipients(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "redaksi@koran.example",
        "mailto:redaksi",
        "mailto:a@b,c@d",
        "mailto:a@b?bcc=c@d",
        "mailto:a@b\x00",
        "mailto:<a@b>",
        "ftp://a.example",
        "https://",
        "https://a:b@c.example/",
        "https://a.example/\u202e",
        " ".join(f"mailto:a{number}@b" for number in range(11)),
    ],
    ids=ascii,
)
def test_what_is_nobody(text):
    with pytest.raises(ValueError, match=r"`|address|most"):
        parse_recipients(text)


def test_a_secret_in_an_address_is_never_shown():
    (one,) = parse_recipients("https://hooks.example:8443/services/RAHASIA?k=RAHASIA")
    assert one.shown == "https://hooks.example:8443"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("smtp://mail.example", MailServer("mail.example", 587, "", tls=False)),
        ("smtp://izin@mail.example:25", MailServer("mail.example", 25, "izin", tls=False)),
        (
            "smtps://izin%40koran.example@mail.example",
            MailServer("mail.example", 465, "izin@koran.example", tls=True),
        ),
        ("smtp://[::1]:2525", MailServer("::1", 2525, "", tls=False)),
    ],
)
def test_mail_servers(text, found):
    assert parse_mail_server(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "mail.example",
        "http://a",
        "smtp://",
        "smtp://a:b@c",
        "smtp://a/b",
        "smtp://a?b",
        "smtp://a:99999",
        "smtp://a b",
    ],
)
def test_what_is_no_mail_server(text):
    with pytest.raises(ValueError, match=r"`|address|most"):
        parse_mail_server(text)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        (b"rahasia", b"rahasia"),
        (b"whsec_cmFoYXNpYQ==", b"rahasia"),
        (b"whsec_!", None),
        (b"whsec_", None),
        (b"whsec_a", None),
    ],
)
def test_the_key_of_a_webhooks_secret(secret, key):
    assert signing_key(secret) == key
