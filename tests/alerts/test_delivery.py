"""Alerts brought to real servers: signed, under TLS, and honest about what did not arrive."""

import asyncio
import socket
import ssl
import threading

import pytest
import trustme

from gateway.alerts.delivery import DeliveryError, Means, Message
from gateway.alerts.mail import Mail
from gateway.alerts.webhook import Webhook, signature
from gateway.recipients import MailServer, signing_key
from tests.addressees import hook, mail_server

MESSAGE = Message(
    "msg_1", 1_795_392_000_000_000, "[Izin antara] GENTING: café", "isi\n\n-- \n\ntext\n", {"a": 1}
)
SECRET = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = signing_key(SECRET)
TO = "redaksi@koran.example"


def test_the_signature_is_that_of_standard_webhooks():
    """The example of the specification."""
    made = signature(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_webhook_is_posted_and_signed():
    with hook() as receiver:
        assert await Webhook(receiver.url, Means(SECRET)).bring(MESSAGE) == "204"
        await Webhook(receiver.url, Means()).bring(MESSAGE)
    (fields, body), (unsigned, _) = receiver.got
    assert (fields["webhook-id"], fields["webhook-timestamp"]) == ("msg_1", "1795392000")
    assert fields["webhook-signature"] == signature(KEY, "msg_1", "1795392000", body)
    assert body == b'{"a":1}'
    assert "webhook-signature" not in unsigned


@pytest.mark.parametrize("status", [301, 307, 404, 410, 500])
async def test_what_is_no_success_did_not_arrive(status):
    with hook() as receiver:
        receiver.status = status
        with pytest.raises(DeliveryError, match=f"it answers {status}"):
            await Webhook(receiver.url, Means()).bring(MESSAGE)
    assert len(receiver.got) == 1, "it goes nowhere else"


async def test_nobody_there(dead_port):
    with pytest.raises(DeliveryError, match="connect"):
        await Webhook(f"http://127.0.0.1:{dead_port}/", Means()).bring(MESSAGE)
    server = MailServer("127.0.0.1", dead_port, "", tls=False)
    with pytest.raises(DeliveryError, match="refused"):
        await Mail(TO, Means(server=server, sender="izin@koran.example")).bring(MESSAGE)


async def test_mail_goes_under_tls_with_the_password_and_says_it_wants_no_answer(tmp_path, monkeypatch):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    def mail(port, password=b"rahasia", host="127.0.0.1", to=TO):
        server = MailServer(host, port, "izin", tls=False)
        return Mail(to, Means(server=server, password=password, sender="izin@koran.example"))

    with mail_server(context, b"rahasia") as server:
        with pytest.raises(DeliveryError, match="certificate verify failed"):
            await mail(server.port).bring(MESSAGE)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert await mail(server.port).bring(MESSAGE) == "taken by 127.0.0.1"
        with pytest.raises(DeliveryError, match="the server answers 535"):
            await mail(server.port, b"salah").bring(MESSAGE)
        with pytest.raises(DeliveryError, match="the server answers 554 no such mailbox"):
            await mail(server.port, to="tolak@koran.example").bring(MESSAGE)
    (taken,) = server.got
    assert taken["subject"] == MESSAGE.subject
    assert (taken["from"], taken["to"]) == ("izin@koran.example", TO)
    assert taken["message-id"] == "<msg_1@koran.example>"
    assert taken["auto-submitted"] == "auto-generated"
    assert taken.get_content().replace("\r\n", "\n") == MESSAGE.letter


async def test_a_server_that_says_nothing_holds_nobody_up():
    """Whoever waits for it may stop at any moment: nothing of it is left in a thread."""
    before = {*threading.enumerate()}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], "", tls=False)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await Mail(TO, Means(server=server, sender="izin@koran.example")).bring(MESSAGE)
    assert {*threading.enumerate()} <= before


async def test_without_tls_mail_goes_to_this_machine_alone():
    with mail_server() as server:

        async def bring(host):
            to = MailServer(host, server.port, "", tls=False)
            return await Mail(TO, Means(server=to, sender="izin@koran.example")).bring(MESSAGE)

        assert await bring("127.0.0.1") == "taken by 127.0.0.1"
        with pytest.raises(DeliveryError, match="STARTTLS"):
            await bring("0.0.0.0")
    assert len(server.got) == 1
