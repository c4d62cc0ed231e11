"""Where a setting comes from: flag, environment, file, default, in this order, for every option of `izin serve`."""

from ipaddress import ip_network
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gateway import app
from gateway.agents.delivery import delivery_networks
from gateway.cli.serve import command
from gateway.policy.model import Origin
from gateway.recipients import MailServer, Recipient
from gateway.seal.note import Signer
from gateway.settings import (
    NOBODY,
    Address,
    Settings,
    TrustedProxies,
    parse_address,
    parse_client_field,
    parse_near,
    parse_origin,
    parse_servers,
)
from gateway.shared.address import RedisAddress
from gateway.vocabulary import Mode

KEY, OTHER_KEY = (Signer("a/k", bytes([seed]) * 32).verifier for seed in (1, 2))
SECRET_A, SECRET_B, SECRET_C = b"rahasia-dari-flag", b"rahasia-dari-lingkungan", b"rahasia-dari-berkas"

#: Each option: its field, its default, and as (text, value) what a flag, the environment and a file give.
OPTIONS = {
    "origin": (
        *("origin", None),
        ("http://127.0.0.1:81", Origin("http", "127.0.0.1", 81)),
        ("https://asal.example", Origin("https", "asal.example", 443)),
        ("http://[::1]:83", Origin("http", "::1", 83)),
    ),
    "listen": (
        *("listen", Address("127.0.0.1", 8080)),
        ("127.0.0.1:1", Address("127.0.0.1", 1)),
        ("[::1]:2", Address("::1", 2)),
        (":3", Address("0.0.0.0", 3)),
    ),
    "admin": (
        *("admin", Address("127.0.0.1", 8081)),
        ("127.0.0.1:4", Address("127.0.0.1", 4)),
        ("127.0.0.1:5", Address("127.0.0.1", 5)),
        ("127.0.0.1:6", Address("127.0.0.1", 6)),
    ),
    "journal": (
        *("journal", Path("izin-journal")),
        *((name, Path(name)) for name in ("jurnal-a", "jurnal-b", "jurnal-c")),
    ),
    "mode": (
        *("mode", None),
        *(("observe", Mode.OBSERVE), ("enforce", Mode.ENFORCE), ("observe", Mode.OBSERVE)),
    ),
    "workers": (*("workers", 1), ("2", 2), ("3", 3), ("4", 4)),
    "catalogue-key": (
        *("catalogue_key", ()),
        (KEY.vkey, (KEY,)),
        (f"{KEY.vkey}, {OTHER_KEY.vkey}", (KEY, OTHER_KEY)),
        (OTHER_KEY.vkey, (OTHER_KEY,)),
    ),
    "trusted-proxies": (
        *("trusted_proxies", NOBODY),
        ("10.0.0.0/8", TrustedProxies((ip_network("10.0.0.0/8"),), declared=True)),
        (
            "127.0.0.1, ::1",
            TrustedProxies((ip_network("127.0.0.1/32"), ip_network("::1/128")), declared=True),
        ),
        (
            "Cloudflare 172.16.0.0/12,cloudflare",
            TrustedProxies((ip_network("172.16.0.0/12"),), delivery_networks()[:1], declared=True),
        ),
    ),
    "certificate-proxies": (
        *("certificate_proxies", ()),
        *((text, (ip_network(text),)) for text in ("10.0.0.1/32", "10.0.0.0/8", "::1/128")),
    ),
    "client-field": (
        *("client_field", ""),
        *((name, name.lower()) for name in ("Forwarded", "CF-Connecting-IP", "x-real-ip")),
    ),
    "origin-secret-file": (
        *("origin_secret", None),
        *(("a", SECRET_A), ("b", SECRET_B), ("c", SECRET_C)),
    ),
    "origin-ca": (
        *("origin_ca", None),
        *((name, Path(name)) for name in ("ca-a.pem", "ca-b.pem", "ca-c.pem")),
    ),
    "origin-name": (
        *("origin_name", ""),
        *((name, name.lower()) for name in ("asal.example", "Asal-B.example", "www.koran.example")),
    ),
    "origin-requests": (*("origin_requests", 256), ("4", 4), ("64", 64), ("1000", 1000)),
    "dns": (
        *("dns", ()),
        ("127.0.0.1:5353", ("127.0.0.1:5353",)),
        ("192.0.2.53, 2001:db8::53", ("192.0.2.53:53", "[2001:db8::53]:53")),
        ("[::1]:5353", ("[::1]:5353",)),
    ),
    "license-keys": (
        *("license_keys", None),
        *((name, Path(name)) for name in ("kunci-a", "kunci-b", "kunci-c")),
    ),
    "follow": (
        *("follow", ()),
        ("file:///a https://b.example/x", ("file:///a", "https://b.example/x")),
        ("http://127.0.0.1:9/", ("http://127.0.0.1:9/",)),
        ("file:///c", ("file:///c",)),
    ),
    "follow-token-file": (*("follow_token_file", None), *((name, Path(name)) for name in "abc")),
    "join": (
        *("join", ()),
        *(
            (f"{url}/ {url}", (url,))
            for url in ("http://10.0.0.2:9180/seal", "https://c/seal", "https://d/seal")
        ),
    ),
    "join-token-file": (*("join_token", None), *(("a", SECRET_A), ("b", SECRET_B), ("c", SECRET_C))),
    "access-log": (*("access_log", None), *((name, Path(name)) for name in ("a.js", "b.js", "c.js"))),
    "check": (
        *("check", None),
        ("/run/izin/a.sock", Path("/run/izin/a.sock")),
        ("unix:b.sock", Path("b.sock")),
        ("127.0.0.1:6", Address("127.0.0.1", 6)),
    ),
    "console": (
        *("console", None),
        *((f"127.0.0.1:{port}", Address("127.0.0.1", port)) for port in (8082, 8083, 0)),
    ),
    "alerts-to": (
        *("alerts_to", ()),
        (
            "https://a.example https://b.example",
            tuple(Recipient(f"https://{name}.example", mail=False) for name in "ab"),
        ),
        ("https://c.example/x", (Recipient("https://c.example/x", mail=False),)),
        ("http://127.0.0.1:9/", (Recipient("http://127.0.0.1:9/", mail=False),)),
    ),
    "alerts-from": (*("alerts_from", ""), *((name, name) for name in ("a@b.example", "c@d.example", "e@f"))),
    "alerts-after": (*("alerts_after", 60), ("1s", 1), ("2m", 120), ("3h", 10_800)),
    "alerts-repeat": (*("alerts_repeat", 43_200), ("1s", 1), ("2m", 120), ("3h", 10_800)),
    "alerts-without": (
        *("alerts_without", ()),
        ("set-aside, journal", ("set-aside", "journal")),
        ("trial", ("trial",)),
        ("no-room", ("no-room",)),
    ),
    "alerts-secret-file": (*("alerts_secret", None), ("a", SECRET_A), ("b", SECRET_B), ("c", SECRET_C)),
    "smtp": (
        *("smtp", None),
        ("smtp://a.example", MailServer("a.example", 587, "", tls=False)),
        ("smtps://b.example", MailServer("b.example", 465, "", tls=True)),
        ("smtp://127.0.0.1:25", MailServer("127.0.0.1", 25, "", tls=False)),
    ),
    "smtp-password-file": (*("smtp_password", None), ("a", SECRET_A), ("b", SECRET_B), ("c", SECRET_C)),
    "redis": (
        *("redis", ()),
        ("redis://127.0.0.1", (RedisAddress("127.0.0.1", 6379),)),
        ("rediss://a:1/2", (RedisAddress("a", 1, tls=True, database=2),)),
        ("unix:///b redis://c", (RedisAddress("", 0, "/b"), RedisAddress("c", 6379))),
    ),
    "drain": (*("drain", 20), ("1s", 1), ("2m", 120), ("3h", 10_800)),
}


@pytest.fixture
def served(monkeypatch, tmp_path):
    """Run `izin serve` as far as the settings; gives them."""
    for name, secret in (("a", SECRET_A), ("b", SECRET_B), ("c", SECRET_C)):
        (tmp_path / name).write_bytes(secret + b"\nthe rest is a comment\n")
    monkeypatch.chdir(tmp_path)
    seen: list[Settings] = []
    monkeypatch.setattr(app, "serve", seen.append)

    def served(*words: str, file: str | None = None, **env: str) -> Settings:
        seen.clear()
        if file is not None:
            (tmp_path / "izin.yaml").write_text(file, "utf-8")
            words = (*words, "--settings", "izin.yaml")
        ran = CliRunner().invoke(command, ["policy", *words], env=env)
        assert ran.exit_code == 0, ran.output
        return seen[0]

    return served


def test_every_option_is_in_the_table():
    known = {
        option.opts[-1].removeprefix("--") for option in command.params if isinstance(option, click.Option)
    }
    switches = {"log-requests", "fetch", "seal-site", "proxy-protocol", "signatures-once"} | {
        "directories-inside"
    }
    pair = {"tls-cert", "tls-key", "redis-password-file", "redis-ca", "join-ca"}
    assert known == OPTIONS.keys() | {"settings"} | switches | pair


@pytest.mark.parametrize("name", OPTIONS)
def test_flag_then_environment_then_file_then_default(served, name):
    field, default, (flag, by_flag), (variable, by_variable), (line, by_file) = OPTIONS[name]
    env = {f"IZIN_{name.upper().replace('-', '_')}": variable}
    file = f"{name}: '{line}'\n"

    def value(*words, **how):
        return getattr(served(*words, **how), field)

    assert value() == default
    assert value(file=file) == by_file
    assert value(file=file, **env) == by_variable
    assert value(**env) == by_variable
    assert value(f"--{name}", flag, file=file, **env) == by_flag
    assert value(f"--{name}", flag) == by_flag


def test_a_switch_has_the_same_order(served):
    assert served().log_requests is False
    assert served("--log-requests").log_requests is True
    assert served(file="log-requests: yes\n").log_requests is True
    assert served(file="log-requests: yes\n", IZIN_LOG_REQUESTS="0").log_requests is False
    assert served(IZIN_LOG_REQUESTS="1").log_requests is True


def test_a_proxy_protocol_needs_somebody_who_may_speak_it(served):
    trusted = ("--trusted-proxies", "127.0.0.1")
    assert served(*trusted).proxy_protocol is False
    assert served(*trusted, "--proxy-protocol").proxy_protocol is True
    assert served(*trusted, file="proxy-protocol: yes\n").proxy_protocol is True
    ran = CliRunner().invoke(command, ["policy", "--proxy-protocol"])
    assert ran.exit_code == 2
    assert "--proxy-protocol needs --trusted-proxies" in ran.output
    none = served("--trusted-proxies", "none").trusted_proxies
    assert none.declared
    assert not none


def test_a_certificate_and_its_key_are_named_together(served):
    def pair(*words, **how):
        settings = served(*words, **how)
        return settings.tls_cert, settings.tls_key

    assert pair() == (None, None)
    assert pair("--tls-cert", "a", IZIN_TLS_KEY="b") == (Path("a"), Path("b"))
    assert pair(file="tls-cert: c\ntls-key: d\n") == (Path("c"), Path("d"))
    both = ("--proxy-protocol", "--trusted-proxies", "10.0.0.1")
    assert pair("--tls-cert", "a", "--tls-key", "b", *both) == (Path("a"), Path("b"))
    for words, said in (
        (["--tls-key", "b"], "--tls-cert and --tls-key need each other"),
        (["--tls-cert", "a"], "--tls-cert and --tls-key need each other"),
        (["--origin-name", "https://a"], "is not the name of a host"),
    ):
        ran = CliRunner().invoke(command, ["policy", *words])
        assert ran.exit_code == 2
        assert said in ran.output


def test_fetching_is_switched_off_by_each_of_them(served):
    assert served().fetch is True
    assert served("--no-fetch").fetch is False
    assert served(file="fetch: no\n").fetch is False
    assert served(IZIN_FETCH="0").fetch is False
    assert served("--fetch", IZIN_FETCH="0").fetch is True


@pytest.mark.parametrize(
    "text", ["x", "127.0.0.1:0", "127.0.0.1:99999", "ns.example", "::1:x", "[::1", "1.2.3"]
)
def test_what_is_no_name_server(text):
    with pytest.raises(ValueError, match="name server"):
        parse_servers(text)


def test_the_file_may_be_named_by_the_environment(served, tmp_path):
    (tmp_path / "lain.yaml").write_text("listen: 127.0.0.1:7\n# catatan\ndrain: 5s\n", "utf-8")
    settings = served(IZIN_SETTINGS="lain.yaml")
    assert (settings.listen, settings.drain) == (Address("127.0.0.1", 7), 5)


def test_an_empty_file_sets_nothing(served):
    assert served(file="# nothing yet\n") == served()


def test_an_empty_variable_is_none(served):
    assert served(IZIN_ORIGIN="", IZIN_LISTEN="", IZIN_MODE="") == served()


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (b"pendek", "is no secret"),
        (b"", "is no secret"),
        (b"dengan spasi di dalamnya", "is no secret"),
        (b"x" * 513, "is no secret"),
        ("rahasia-é-yang-panjang".encode(), "is no secret"),
        (b"rahasia\rX-Lain: nilai-a", "is no secret"),
    ],
)
def test_what_is_no_secret_is_never_sent(tmp_path, secret, words):
    (tmp_path / "s").write_bytes(secret + b"\n")
    ran = CliRunner().invoke(command, ["policy", "--origin-secret-file", str(tmp_path / "s")])
    assert ran.exit_code == 1
    assert words in ran.output
    assert secret.decode("latin-1")[:10] not in ran.output or not secret


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", Address("127.0.0.1", 80)),
        ("[::]:0", Address("::", 0)),
        ("koran.example:65535", Address("koran.example", 65_535)),
        (":8080", Address("0.0.0.0", 8080)),
    ],
)
def test_addresses(text, address):
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text", ["", "8080", "a:", "a:b", "a:-1", "a:65536", "::1:80", "a:٣", "a:" + "9" * 5000]
)
def test_what_is_no_address(text):
    with pytest.raises(ValueError, match=r"HOST:PORT|brackets"):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://127.0.0.1:8000", Origin("http", "127.0.0.1", 8000)),
        ("http://asal.example/", Origin("http", "asal.example", 80)),
        ("https://ASAL.example", Origin("https", "asal.example", 443)),
        ("https://[2001:db8::1]:8443", Origin("https", "2001:db8::1", 8443)),
    ],
)
def test_origins(text, origin):
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "127.0.0.1:8000",
            "ftp://a",
            "http://",
            "http://a/path",
            "http://a?x",
            "http://a#x",
            "http://u@a",
        ),
        *("http://u:p@a", "http://a:99999", "http://a:0x1", "http://[::1", "http://a b", "http://a\r\nX: y"),
    ],
)
def test_what_is_no_origin(text):
    with pytest.raises(ValueError, match="origin"):
        parse_origin(text)


def test_trusted_proxies():
    found = TrustedProxies.parse(" 10.0.0.0/8,127.0.0.1 ,, ::1/128 fastly ")
    assert found.networks == tuple(ip_network(text) for text in ("10.0.0.0/8", "127.0.0.1/32", "::1/128"))
    assert [network.name for network in found.presets] == ["fastly"]
    for text in ("10.0.0.1/8", "10.0.0.0/99", "antara.example", "10", "akamai", "0.0.0.0/0"):
        with pytest.raises(ValueError, match=text):
            TrustedProxies.parse(text)


def test_client_field():
    assert parse_client_field(" Forwarded ") == "forwarded"
    with pytest.raises(ValueError, match="did you mean `cf-connecting-ip`"):
        parse_client_field("CF-Connected-IP")
    with pytest.raises(ValueError, match="such as `X-Forwarded-For`"):
        parse_client_field("Cookie")


def test_where_proxies_beside_us_ask():
    assert (
        parse_near("/run/izin/check.sock")
        == parse_near("unix:/run/izin/check.sock")
        == Path("/run/izin/check.sock")
    )
    assert parse_near("127.0.0.1:8083") == Address("127.0.0.1", 8083)
    assert parse_near("[::1]:8083") == Address("::1", 8083)


@pytest.mark.parametrize(
    "text", ["0.0.0.0:8083", ":8083", "192.0.2.1:8083", "koran.example:8083", "unix:", "/" + "a" * 107]
)
def test_where_they_never_ask(text):
    with pytest.raises(ValueError, match="socket"):
        parse_near(text)
