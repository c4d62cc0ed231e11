"""Who gets in, what a form may come from, and what of it is on record."""

import base64
import dataclasses
import hashlib
import re
import stat
from ipaddress import ip_network

import pytest

from gateway.console.accounts import NAME, SESSION_HOLDS, WINDOW
from gateway.console.app import PAGES
from gateway.console.guard import Place
from gateway.console.role import Role
from gateway.console.sign_in import SignIn
from tests.console.conftest import PASSWORD, PLACE, SAME

PARTS = {
    "token": "x",
    "code": "7K3M9Q2D",
    "digest": "sha256:0",
    "name:path": "OpenAI",
    "name": "contoh-ai-2026",
}
PATHS = [re.sub(r"{([^}]+)}", lambda found: PARTS[found[1]], page.path) for page in PAGES]


def test_every_page_asks_to_sign_in(stage):
    client = stage.client()
    for page, path in zip(PAGES, PATHS, strict=True):
        answer = client.get(path)
        if page.role is None:
            assert answer.status_code in {200, 303, 410}
        else:
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in?to=")
            if page.posts:
                assert client.post(path, data={"name": "x"}).status_code == 401
    assert stage.desk.events == []


def test_the_first_account_is_made_once(empty):
    token, client = empty.accounts.link(empty.console.clock()), empty.client()
    assert "Akun pertama" in client.get(f"/first/{token}").text
    form = {"name": "sari", "password": "pendek"}
    assert client.post(f"/first/{token}", data=form).status_code == 422
    answer = client.post(f"/first/{token}", data=form | {"password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/decisions").status_code == 200
    assert empty.accounts.all()[0].role is Role.ADMIN
    assert (
        client.post(f"/first/{token}", data=form | {"name": "lain", "password": PASSWORD}).status_code == 410
    )
    assert empty.accounts.link(0) is None
    assert empty.desk.events == [("account", {"change": "added", "name": "sari"})]


def test_a_link_is_over_after_a_day(empty):
    token = empty.accounts.link(0)
    late = dataclasses.replace(empty.console, clock=lambda: 25 * 3600 * 1_000_000)
    stage = dataclasses.replace(empty, console=late)
    assert stage.client().get(f"/first/{token}").status_code == 410


def test_guessing_is_slow_and_locks_out_only_the_guesser(stage):
    client = stage.client(peer="192.0.2.1")
    for _ in range(5):
        answer = client.post("/sign-in", data={"name": "sari", "password": "tebakan saja"})
        assert answer.status_code == 403
        assert "Nama atau kata sandi keliru" in answer.text
    right = {"name": "sari", "password": PASSWORD}
    assert client.post("/sign-in", data=right).status_code == 429
    assert stage.client(peer="192.0.2.2").post("/sign-in", data=right).status_code == 303
    later = dataclasses.replace(stage.console, clock=lambda: stage.console.clock() + WINDOW)
    waited = dataclasses.replace(stage, console=later).client(peer="192.0.2.1")
    assert waited.post("/sign-in", data=right).status_code == 303


def test_an_unknown_name_is_told_as_a_wrong_password(stage):
    client = stage.client()
    answers = [
        client.post("/sign-in", data={"name": name, "password": "salah salah salah"})
        for name in ("sari", "tiada")
    ]
    assert answers[0].text.replace("sari", "") == answers[1].text.replace("tiada", "")


@pytest.mark.parametrize(
    "to", ["//jahat.example/", "https://jahat.example/", "/\\jahat.example", "javascript:x"]
)
def test_signing_in_leads_nowhere_else(stage, to):
    answer = stage.client().post("/sign-in", data={"name": "sari", "password": PASSWORD, "to": to})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://jahat.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": PLACE},
        {"Sec-Fetch-Site": "", "Origin": "http://jahat.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://127.0.0.1:8082"},
    ],
)
def test_a_form_of_another_site_is_not_taken(stage, headers):
    client = stage.client(name="sari")
    headers = {name: value for name, value in headers.items() if value}
    if "Sec-Fetch-Site" not in headers:
        del client.headers["Sec-Fetch-Site"]
    form = {"change": "add", "name": "penyusup", "password": PASSWORD}
    assert client.post("/accounts", data=form, headers=headers).status_code == 403
    assert stage.accounts.account("penyusup") is None


def test_a_form_that_says_neither_whence_it_comes_is_not_taken(stage):
    client = stage.client(name="sari")
    del client.headers["Sec-Fetch-Site"]
    assert client.post("/sign-out", data={"end": "1"}).status_code == 403
    assert client.post("/sign-out", data={"end": "1"}, headers={"Origin": PLACE}).status_code == 303


@pytest.mark.parametrize("host", ["jahat.example", "127.0.0.1", "www.antara.example:8082", ""])
def test_it_answers_to_no_other_name(stage, host):
    assert stage.client().get("/sign-in", headers={"Host": host}).status_code == 421


def test_every_answer_keeps_to_itself(stage):
    client = stage.client(name="sari")
    answers = [client.get(path) for path in PATHS] + [client.get("/tiada"), client.get("/static/console.css")]
    answers.append(client.get("/", headers={"Host": "jahat.example"}))
    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "no-store" in answer.headers["cache-control"] or answer.url.path.startswith("/static/")
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
    assert client.request("PUT", "/accounts").status_code == 405
    assert client.post("/accounts", data={"x": "y" * 20_000}).status_code == 413


def test_roles_and_what_is_on_record(stage):
    reader = stage.client(name="budi")
    assert (
        reader.post("/accounts", data={"change": "add", "name": "x", "password": PASSWORD}).status_code == 403
    )
    assert reader.post("/accounts", data={"change": "end", "name": "sari"}).status_code == 403
    assert "Tambah akun" not in reader.get("/accounts").text
    admin = stage.client(name="sari")
    add = {"change": "add", "name": "tuti", "role": "reader", "password": PASSWORD}
    assert admin.post("/accounts", data=add).status_code == 303
    assert admin.post("/accounts", data=add).status_code == 422
    assert admin.post("/accounts", data={"change": "remove", "name": "sari"}).status_code == 422
    assert admin.post("/accounts", data={"change": "end", "name": "budi"}).status_code == 303
    assert reader.get("/decisions").status_code == 303
    assert admin.post("/accounts", data={"change": "remove", "name": "tuti"}).status_code == 303
    assert stage.desk.events == [
        ("account", {"change": "added", "name": "tuti", "account": "sari"}),
        ("account", {"change": "sessions-ended", "name": "budi", "account": "sari"}),
        ("account", {"change": "removed", "name": "tuti", "account": "sari"}),
    ]


def test_nobody_is_let_in_whom_the_journal_does_not_know(stage):
    client = stage.client(name="sari")
    form = {"change": "add", "name": "=tono", "password": PASSWORD, "role": "admin"}
    stage.desk.trouble = "the disk is full"
    assert client.post("/accounts", data=form).status_code == 503
    assert stage.accounts.account("=tono") is None
    stage.desk.trouble = ""
    assert client.post("/accounts", data=form).status_code == 303
    lines = client.get("/accounts.csv").text.splitlines()
    assert lines[0] == "name,role,sessions,newest-session"
    assert lines[1] == "'=tono,admin,0,"
    assert lines[3].startswith("sari,admin,1,2026-")
    assert stage.client(name="budi").get("/accounts.csv").status_code == 403


def test_a_new_password_ends_every_other_session(stage):
    here, there = stage.client(name="budi"), stage.client(name="budi")
    new = "kata sandi yang lain"
    wrong = {"change": "password", "old": "bukan ini", "password": new}
    assert here.post("/accounts", data=wrong).status_code == 422
    assert here.post("/accounts", data=wrong | {"old": PASSWORD}).status_code == 303
    assert there.get("/decisions").status_code == 303
    assert here.get("/decisions").status_code == 200


def test_sessions_end(stage):
    client = stage.client(name="sari")
    cookies = dict(client.cookies)
    assert client.post("/sign-out", data={"end": "1"}).status_code == 303
    client.cookies.update(cookies)
    assert client.get("/decisions").status_code == 303
    client = stage.client(name="sari")
    later = dataclasses.replace(stage.console, clock=lambda: stage.console.clock() + SESSION_HOLDS)
    late = dataclasses.replace(stage, console=later).client()
    late.cookies.update(dict(client.cookies))
    assert late.get("/decisions").status_code == 303


def test_the_file_is_its_owners_and_holds_no_secret(stage):
    client = stage.client(name="sari")
    path = stage.console.folder / NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    octets = path.read_bytes()
    assert PASSWORD.encode() not in octets
    (token,) = client.cookies.values()
    assert token.encode() not in octets
    assert b"$argon2id$" in octets


def test_a_sign_in_proxy_vouches_for_readers(stage):
    trusting = dataclasses.replace(stage, sign_in=SignIn("X-Forwarded-User", (ip_network("192.0.2.0/28"),)))
    near, far = trusting.client(peer="192.0.2.1"), trusting.client(peer="198.51.100.1")
    assert near.get("/decisions", headers={"X-Forwarded-User": "tamu"}).status_code == 200
    assert near.get("/decisions").status_code == 303
    assert far.get("/decisions", headers={"X-Forwarded-User": "sari"}).status_code == 303
    assert (
        stage.client(peer="192.0.2.1").get("/decisions", headers={"X-Forwarded-User": "sari"}).status_code
        == 303
    )
    assert "Tambah akun" in near.get("/accounts", headers={"X-Forwarded-User": "sari"}).text
    assert "Tambah akun" not in near.get("/accounts", headers={"X-Forwarded-User": "tamu"}).text


def test_behind_tls_the_cookie_is_bound_to_the_host(stage):
    place = Place.read("https://tinjau.antara.example")
    secure = dataclasses.replace(stage, console=dataclasses.replace(stage.console, place=place))
    client = secure.client(place=str(place))
    answer = client.post(
        "/sign-in", data={"name": "sari", "password": PASSWORD}, headers={"Origin": str(place)}
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-izin=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"))
    assert client.get("/sign-in", headers={"Host": "127.0.0.1:8082", **SAME}).status_code == 421


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "https://x/y", "https://a@x", "https://x?y", "tinjau.example"]
)
def test_an_address_that_is_none_is_not_taken(url):
    with pytest.raises(ValueError, match=r"address of a console|a host and a port"):
        Place.read(url)


def test_whatever_cannot_be_shown_is_a_page_that_says_what_to_do(stage):
    reader, stranger = stage.client(name="budi"), stage.client()
    for answer, status, said in [
        (reader.get("/tiada"), 404, "Halaman ini tidak ada"),
        (reader.get("/decisions/AAAAAAAA"), 404, "Tidak ada catatan dengan kode itu"),
        (reader.get("/accounts.csv"), 403, "Ini di luar peran Anda"),
        (reader.post("/decisions", data={"x": "1"}), 405, "Halaman ini hanya dibaca"),
        (reader.post("/accounts", content=b"\xff"), 400, "Permintaan itu tidak terbaca"),
        (stranger.post("/accounts", data={"change": "end"}), 401, "Sesi Anda sudah berakhir"),
        (stranger.get("/first/x"), 410, "Tautan ini tidak berlaku lagi"),
    ]:
        assert (answer.status_code, f"<h1>{said}</h1>" in answer.text) == (status, True), said
        assert f"Kesalahan {status}" in answer.text
        assert 'class="go"' in answer.text
    live = stranger.get("/decisions", headers={"HX-Request": "true"})
    assert (live.status_code, live.headers["hx-refresh"]) == (401, "true"), (
        "the list of a session that is over"
    )


def test_no_address_of_a_stranger_is_written_as_it_came(stage):
    page = stage.client(name="budi").get("/operators/%22%3E%3Cimg%20src=x%3E%E2%80%AE")
    assert page.status_code == 404
    assert "\u202e" not in page.text
    assert "%22%3E%3Cimg%20src%3Dx%3E%E2%80%AE?lang=en" in page.text


def test_a_stranger_is_told_nothing_of_the_site(stage):
    client = stage.client()
    for answer in (
        client.get("/", headers={"Host": "jahat.example"}),
        client.post("/accounts", data={"x": "1"}, headers={"Sec-Fetch-Site": "cross-site"}),
        client.post("/sign-in", data={"x": "y" * 20_000}),
        client.request("DELETE", "/"),
    ):
        assert answer.status_code in {403, 405, 413, 421}
        assert "Koran Contoh" not in answer.text
        assert "8082" not in answer.text
        assert "<a " not in answer.text
        assert '<section lang="en">' in answer.text
        style = re.search("<style>(.*)</style>", answer.text)[1]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_who_guesses_is_told_when_to_come_again(stage):
    client = stage.client()
    for _ in range(6):
        answer = client.post("/sign-in", data={"name": "sari", "password": "salah"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")


def test_what_fails_unforeseen_is_a_page_too(stage):
    broken = dataclasses.replace(stage, console=dataclasses.replace(stage.console, letters=None))
    answer = broken.client(name="sari").get("/letter")
    assert answer.status_code == 500
    assert "Ada yang gagal di sini" in answer.text
    assert 'href="/decisions"' in answer.text
