"""`izin agents` shows the catalogue and what a User-Agent is taken for."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from gateway.cli import main


def izin(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["agents", *arguments])


def test_lists_only_what_is_asked_for() -> None:
    rows = [json.loads(line) for line in izin("list", "--purpose", "ai-train", "--json").stdout.splitlines()]
    names = {row["name"] for row in rows}
    assert {"GPTBot", "Bytespider", "Google-Extended"} <= names
    assert {row["purpose"] for row in rows} == {"ai-train"}
    assert izin("list", "--operator", "openai").stdout.count("OpenAI") >= 4


def test_shows_an_agent_with_its_source() -> None:
    shown = izin("show", "gptbot")
    assert shown.exit_code == 0
    assert "OpenAI" in shown.stdout
    assert "2026-11-23" in shown.stdout
    assert json.loads(izin("show", "GPTBot", "--json").stdout)["robots"] == "GPTBot"


def test_tells_in_words_what_else_a_fetch_serves() -> None:
    shown = izin("show", "Googlebot").stdout
    assert "purpose     search\n" in shown
    assert (
        "also        ai-input; one fetch serves them all, so refusing it refuses all: `search` decides"
        in shown
    )
    assert "AI Overviews" in shown
    assert "also " not in izin("show", "DuckAssistBot").stdout


def test_an_unknown_name_is_met_with_near_ones() -> None:
    missed = izin("show", "Bing")
    assert missed.exit_code == 1
    assert "no agent is called `Bing`" in missed.stderr
    assert "`bingbot`" in missed.stderr


def test_finds_what_a_user_agent_is_taken_for() -> None:
    found = izin("find", "Mozilla/5.0 (compatible; Googlebot/2.1; GPTBot/1.0)")
    assert "GPTBot" in found.stdout
    assert "also named  Googlebot" in found.stdout
    assert "does not say" in izin("find", "Mozilla/5.0 (Windows NT 10.0) Firefox/131.0").stdout


def test_a_sites_own_agents_are_known_with_its_policy() -> None:
    policy = Path(__file__).parents[2] / "policies" / "antara"
    assert izin("show", "ContohBot").exit_code == 1
    assert izin("show", "ContohBot", "--policy", str(policy)).exit_code == 0
    assert izin("show", "ContohBot", "--policy", str(policy / "nowhere")).exit_code == 2


def test_hostile_names_are_shown_harmless() -> None:
    missed = izin("show", "\x1b[31mX\u202e")
    assert "\x1b" not in missed.stderr
    assert "\u202e" not in missed.stderr


def test_lists_are_taken_from_a_folder(tmp_path: Path) -> None:
    laid = tmp_path / "usb" / "www.bing.com" / "toolbox" / "bingbot.json"
    laid.parent.mkdir(parents=True)
    laid.write_text('{"prefixes":[{"ipv4Prefix":"157.55.39.0/24"}]}')
    journal = tmp_path / "journal"
    words = ("refresh", "--journal", str(journal), "--from", str(tmp_path / "usb"))
    done = izin(*words, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "url": "https://www.bing.com/toolbox/bingbot.json", "what": "taken", "why": "", "prefixes": 1,
    }  # fmt: skip
    assert oct(journal.stat().st_mode & 0o777) == "0o700"
    assert "unchanged" in izin(*words).stdout

    laid.write_text('{"prefixes":[{"ipv4Prefix":"157.0.0.0/8"}]}')
    doubted = izin(*words)
    assert doubted.exit_code == 1
    assert "doubted" in doubted.stdout
    assert izin(*words).exit_code == 0, "taken at the second time"

    laid.write_text("<html>Sign in</html>")
    failed = izin(*words)
    assert failed.exit_code == 1
    assert "page without a list" in failed.stdout


def test_lists_are_carried_on_and_told_with_their_worth(tmp_path: Path) -> None:
    url, cloudfront = (
        "https://www.bing.com/toolbox/bingbot.json",
        "https://ip-ranges.amazonaws.com/ip-ranges.json#CLOUDFRONT",
    )
    one, other, usb = (str(tmp_path / name) for name in ("one", "other", "usb"))
    laid = tmp_path / "www.bing.com" / "toolbox" / "bingbot.json"
    laid.parent.mkdir(parents=True)
    laid.write_text('{"prefixes":[{"ipv4Prefix":"157.55.39.0/24"}]}')
    done = izin("refresh", "--journal", one, "--from", str(tmp_path), "--to", usb)
    assert (done.exit_code, "1 lists written" in done.stderr) == (0, True)
    assert izin("refresh", "--journal", other, "--from", usb).exit_code == 0
    told = [json.loads(line) for line in izin("lists", "--journal", other, "--json").stdout.splitlines()]
    by_url = {row["url"]: row for row in told}
    assert (by_url[url]["worth"], by_url[url]["prefixes"], by_url[url]["source"]) == ("fresh", 1, "")
    assert by_url[cloudfront] == {
        "url": cloudfront,
        "worth": "missing",
        "date": "",
        "prefixes": 0,
        "source": "",
    }
    shipped = by_url["https://openai.com/gptbot.json"]
    assert shipped["date"] == "2026-08-21"
    assert shipped["source"].startswith("github.com/")
    assert "missing" in izin("lists", "--journal", other).stdout
    laid.parent.parent.parent.joinpath("file").write_text("")
    assert (
        izin(
            "refresh", "--journal", one, "--from", str(tmp_path), "--to", str(tmp_path / "file" / "x")
        ).exit_code
        == 1
    )


def test_routes_are_no_check() -> None:
    assert "AS32934 (routes are not checked here)" in izin("show", "facebookexternalhit").stdout


def test_a_folder_without_lists_is_a_problem(tmp_path: Path) -> None:
    done = izin("refresh", "--journal", str(tmp_path / "journal"), "--from", str(tmp_path))
    assert done.exit_code == 1
    assert "holds none of the" in done.output
