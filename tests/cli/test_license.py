"""`izin license`: contracts listed and shown, tokens issued and revoked, keys changed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from gateway.audit.lane import Lane
from gateway.cli import main
from gateway.licenses.token import read
from gateway.lookups.license_keys import KeyFolder
from gateway.proxy.ids import Ids
from gateway.vocabulary import Use
from tests.live.rig import write_policy

TODAY = datetime.now(UTC).date()
LICENSE = """\
license: {id}
licensee: PT Contoh AI
contract: {{number: ANT/1}}
agents: [{agent}]
uses: [ai-train]
on: [/berita/]
proof: {proof}
from: {begins}
until: {ends}
"""


def license_file(id, agent="GPTBot", proof="{token: yes}", begins=-30, ends=10):
    days = {"begins": TODAY + timedelta(begins), "ends": TODAY + timedelta(ends)}
    return LICENSE.format(id=id, agent=agent, proof=proof, **days)


@pytest.fixture
def policy(tmp_path):
    folder = write_policy(tmp_path / "policy")
    (folder / "licenses").mkdir()
    for name, how in {
        "jalan": {},
        "lewat": {"agent": "CCBot", "begins": -90, "ends": -1},
        "nanti": {"agent": "ClaudeBot", "begins": 5, "ends": 90},
        "alamat": {"agent": "Bytespider", "proof": "{addresses: [192.0.2.0/24]}"},
    }.items():
        (folder / f"licenses/{name}.yaml").write_text(license_file(name, **how))
    return folder


def izin(*words, code=0):
    ran = CliRunner(env={"IZIN_LANG": "en"}).invoke(main, ["license", *map(str, words)])
    assert ran.exit_code == code, ran.output
    return ran.stdout + ran.stderr


def issued(policy, *words):
    return json.loads(izin("issue", policy, "jalan", "--json", *words))


def test_a_token_is_printed_alone_and_says_what_the_license_says(policy):
    text = izin("issue", policy, "jalan").removesuffix("\n")
    token, until = read(text, KeyFolder(policy / ".keys").public(), 0)
    assert (token.license, token.site, token.hosts) == ("jalan", "koran", ("www.antara.example",))
    assert (token.uses, [path.text for path in token.paths], token.key, until) == (
        (Use.AI_TRAIN,),
        ["/berita/"],
        None,
        None,
    )
    assert text not in izin("show", policy, "jalan", "--json")


def test_a_token_may_be_bound_to_a_key(policy):
    key = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"
    text = izin("issue", policy, "jalan", "--bind", key).strip()
    assert read(text, KeyFolder(policy / ".keys").public(), 0)[0].key == key
    assert "no thumbprint" in izin("issue", policy, "jalan", "--bind", "kunci", code=2)


def test_a_token_ends_after_its_days_and_never_after_its_license(policy):
    assert issued(policy, "--days", "2")["seconds"] // 86_400 in (1, 2)
    ends = datetime.fromisoformat(issued(policy)["ends"])
    assert ends - datetime.now(UTC) < timedelta(days=11)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("alamat", "is not proved by a token"),
        ("lewat", "has ended"),
        ("entah", "there is no license `entah`"),
    ],
)
def test_what_cannot_be_issued_says_why(policy, name, said):
    assert said in izin("issue", policy, name, code=1)
    assert not (policy / ".keys").exists()


def test_a_token_of_a_license_to_come_begins_with_it(policy):
    text = izin("issue", policy, "nanti").strip()
    token, _ = read(text, KeyFolder(policy / ".keys").public(), 0)
    assert token.begins > token.issued


def test_licenses_are_listed_and_shown(policy):
    issued(policy)
    rows = {row["license"]: row for row in map(json.loads, izin("list", policy, "--json").splitlines())}
    assert {name: row["state"] for name, row in rows.items()} == {
        "jalan": "runs",
        "alamat": "runs",
        "lewat": "ended",
        "nanti": "not begun",
    }
    assert (rows["jalan"]["tokens"], rows["jalan"]["proof"]) == (1, ["token"])
    assert rows["jalan"]["days_left"] in (9, 10, 11), "by the hour, and by the zone"
    assert "PT Contoh AI" in izin("list", policy)
    shown = " ".join(izin("show", policy, "jalan").split())
    assert "PT Contoh AI memegang izin tertulis" in shown
    assert "a license token that this site has issued" in shown
    (token,) = json.loads(izin("show", policy, "jalan", "--json"))["tokens"]
    assert f"token {token['id']}" in shown
    assert not token["revoked"]
    assert "license issue" in izin("show", policy, "nanti")


def test_keys_lie_where_they_are_told_to(policy, tmp_path):
    izin("issue", policy, "jalan", "--license-keys", tmp_path / "lain")
    assert not (policy / ".keys").exists()
    assert len(KeyFolder(tmp_path / "lain").public()) == 1


def test_a_key_is_changed_while_tokens_of_the_old_one_hold(policy):
    first = izin("issue", policy, "jalan").strip()
    said = json.loads(izin("rotate-key", policy, "--json"))
    assert [*said["old"]] != [said["key"]]
    second = izin("issue", policy, "jalan").strip()
    keys = KeyFolder(policy / ".keys").public()
    now = int(datetime.now(UTC).timestamp()) * 1_000_000
    assert [read(text, keys, now)[0].license for text in (first, second)] == ["jalan", "jalan"]
    assert "signs from now on" in izin("rotate-key", policy)


def test_a_token_is_explained_without_sending_it(policy, tmp_path):
    def explained(token, path="/berita/1"):
        words = ["explain", policy, "--user-agent", "GPTBot/1.3", "--path", path, "--json"]
        words += ["--header", f"Authorization: License {token}", "--journal", tmp_path / "none"]
        ran = CliRunner(env={"IZIN_LANG": "en"}).invoke(main, [*map(str, words)])
        assert ran.exit_code == 0, ran.output
        found = json.loads(ran.stdout)
        return found["verdict"], found["status"], found["license"]

    token = izin("issue", policy, "jalan").strip()
    assert explained(token) == ("allow", None, "jalan")
    assert explained(token, "/foto/1") == ("deny", 403, None)
    assert explained(token[:-9] + "AAAAAAAAA") == ("deny", 401, None)


def test_only_what_there_is_can_be_revoked(policy, tmp_path):
    journal = ("--journal", tmp_path / "none")
    assert "neither a license nor a token" in izin("revoke", policy, "entah", *journal, code=1)
    assert "change `until`" in izin("revoke", policy, "alamat", *journal, code=1)
    assert "holds no journal" in izin("revoke", policy, "jalan", *journal, code=1)


def test_show_tells_which_tokens_were_revoked(policy, tmp_path):
    journal = tmp_path / "journal"
    Lane(journal, site="koran", new_id=Ids(), reserve=0).close()
    token = issued(policy)["id"]
    izin("revoke", policy, token, "--journal", journal)
    shown = izin("show", policy, "jalan", "--journal", journal)
    assert f"token {token}" in shown
    site = policy / "site.yaml"
    site.write_text(site.read_text("utf-8") + "tokens: {endpoint: yes}\n", "utf-8")
    assert "secret" not in izin("revoke", policy, "jalan", "--journal", journal)
    izin("secret", policy, "jalan")
    told = izin("revoke", policy, "jalan", "--journal", journal)
    assert f"`izin license secret {policy} jalan --none` withdraws it" in told
    assert json.loads(izin("revoke", policy, "jalan", "--journal", journal, "--json"))["secrets"] == 1
    assert "revoked" in shown
    assert "No token is out" in shown
    assert json.loads(izin("show", policy, "jalan", "--journal", journal, "--json"))["tokens"][0]["revoked"]


def test_a_quota_is_recounted_where_no_gateway_runs(policy, tmp_path):
    Lane(tmp_path / "journal", site="s", new_id=Ids(), reserve=0).close()
    journal = ("--journal", tmp_path / "journal")
    assert "has no quota" in izin("recount", policy, "jalan", "--used", 3, *journal, code=1)
    assert "there is no license" in izin("recount", policy, "lain", "--used", 3, *journal, code=1)
    izin("recount", policy, "jalan", "--used", -1, *journal, code=2)
    with (policy / "licenses/jalan.yaml").open("a") as file:
        file.write("quota: 10/month\n")
    said = izin("recount", policy, "jalan", "--used", 3, *journal)
    assert "`jalan` has used 3 of 10/month" in said
    assert "No gateway writes this journal now" in said
    lane = Lane(tmp_path / "journal", site="s", new_id=Ids(), reserve=0)
    assert lane._counters._counters.ledger.used("jalan", TODAY - timedelta(40), TODAY + timedelta(40)) == 3
    lane.close()
