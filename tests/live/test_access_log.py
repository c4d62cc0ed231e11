"""A proxy's access log tells how requests ended, and what nobody was asked about: each once, also over a killed gateway."""

import json

from tests.engines import until
from tests.live.rig import HOST, ask, izin, serving, write_policy

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def asked(gateway, agent=BROWSER):
    """The id of a decision: a question as Envoy asks it."""
    said = until(lambda: gateway.said("answering proxies"), 10)
    port = int(said[0]["check"].rpartition(":")[2])
    return ask(port, "/_izin/check/path/berita/", agent, x_forwarded_for="203.0.113.9")["izin-decision"]


def unasked(number, agent=BROWSER, status=200, why="prefilter", target="/berita/1"):
    members = {
        "time": 1.7e9 + number,
        "request_id": f"{number:032x}",
        "decision": "",
        "unasked": why,
        "scheme": "https",
    }
    members |= {
        "address": "203.0.113.9",
        "host": HOST,
        "method": "GET",
        "target": target,
        "user_agent": agent,
    }
    return {**members, "status": status, "octets": 5, "end": "OK"}


def outcomes(gateway, of):
    return [
        (one["status"], one["bytes"], one["end"]) for one in gateway.entries("outcome") if one["of"] == of
    ]


def test_each_line_is_recorded_once(tmp_path, stub):
    policy, log = write_policy(tmp_path / "policy"), tmp_path / "access.json"
    log.touch()
    flags = ("--check", "127.0.0.1:0", "--access-log", str(log))

    def write(*lines):
        with log.open("a") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))

    with serving(tmp_path, policy, stub, *flags) as gateway:
        first, second, refused = asked(gateway), asked(gateway), asked(gateway, "GPTBot/1.3")
        assert gateway.metric("izin_passed_on_open") == 2
        write({"decision": first, "status": 200, "octets": 7, "end": "OK"})
        write({"decision": refused, "status": 403, "octets": 7, "end": "OK"})
        write(
            unasked(1, target="/berita/1?rahasia=1"),
            unasked(2, "GPTBot/1.3"),
            unasked(3, "GPTBot/1.3", 503, "down"),
        )
        write("no line of ours", {"status": 400})
        until(lambda: gateway.metric("izin_access_log_lines_total") == 7)
        until(lambda: outcomes(gateway, first) == [(200, 7, "complete")])
        assert len(outcomes(gateway, refused)) == 1, "it was given by us"
        assert gateway.metric("izin_access_log_passed_over_total") == 2

        learnt = until(
            lambda: (
                [one for one in gateway.entries("decision") if one.get("source")][2:] and gateway.entries()
            )
        )
        reader, missed, waited = (one for one in learnt if one.get("source") == "access-log")
        assert (reader["verdict"], reader["durability"], reader["client"]["network"]) == (
            "allow",
            "queued",
            "203.0.113.0/24",
        )
        assert (reader["time"], reader["request"]["target"]) == ("2023-11-14T22:13:21.000000Z", "/berita/1")
        assert (missed["verdict"], missed["enforced"], missed["client"]["address"]) == (
            "deny",
            False,
            "203.0.113.9",
        )
        assert (waited["verdict"], waited["enforced"]) == ("deny", True)
        assert [outcomes(gateway, one["id"]) for one in (reader, waited)] == [
            [(200, 5, "complete")],
            [(503, 5, "complete")],
        ]
        assert gateway.warned("1 request passed the prefilter")
        shown = gateway.izin("audit", "show", reader["id"], "--replay")
        assert "sama persis" in shown
        assert "log akses perantara" in shown
        until((gateway.journal / "access-log.json").exists)
        started = gateway.events("start")[0]["id"]
        gateway.program.process.kill()
        gateway.program.wait()

    left = json.loads((tmp_path / "journal/access-log.json").read_text())
    log.rename(tmp_path / "access.json.1")
    log.touch()
    with (tmp_path / "access.json.1").open("a") as file:
        file.write(json.dumps({"decision": second, "status": 200, "octets": 9, "end": "OK"}) + "\n")
    write({"decision": first, "status": 200, "octets": 7, "end": "OK"}, unasked(1), unasked(4))
    invented = [first[:-1] + ("0" if first[-1] != "0" else "1"), "01ARZ3NDEKTSV4RRFFQ69G5FAV", started]
    write(*({"decision": one, "status": 200, "octets": 7, "end": "OK"} for one in invented))
    # As if it had been killed before it noted how far it was.
    memory = tmp_path / "journal/access-log.json"
    memory.write_text(json.dumps({**left, "mark": [*left["mark"][:2], 0]}))
    with serving(tmp_path, policy, stub, *flags) as gateway:
        until(lambda: gateway.metric("izin_access_log_lines_total") == 14, 15)
        until(lambda: outcomes(gateway, second) == [(200, 9, "complete")])
        assert outcomes(gateway, first) == [(200, 7, "complete")]
        until(lambda: len([one for one in gateway.entries("decision") if one.get("source")]) == 4)
        until(lambda: gateway.metric("izin_access_log_passed_over_total") == 5, what="what nobody decided")
        third, ended = asked(gateway), [one["of"] for one in gateway.entries("outcome")]
        assert len(ended) == len(set(ended))
        assert not {*invented} & {*ended}

    # So long ago that it is not among the entries that are looked through at the start.
    left = json.loads(memory.read_text())
    memory.write_text(json.dumps({**left, "seq": 10**6}))
    write(*({"decision": one, "status": 200, "octets": 3, "end": "OK"} for one in (third, *invented, first)))
    with serving(tmp_path, policy, stub, *flags) as gateway:
        until(lambda: outcomes(gateway, third) == [(200, 3, "complete")], 15)
        until(lambda: gateway.metric("izin_access_log_passed_over_total") >= 3)
        ended = [one["of"] for one in gateway.entries("outcome")]
        assert len(ended) == len(set(ended))
        assert not {*invented} & {*ended}
    izin("audit", "verify", "--journal", str(tmp_path / "journal"))


def test_a_log_that_cannot_be_read_is_said_aloud(tmp_path, stub):
    policy = write_policy(tmp_path / "policy")
    with serving(tmp_path, policy, stub, "--access-log", str(tmp_path / "none.json")) as gateway:
        until(lambda: gateway.warned("the access log cannot be read: no such file"))
        (tmp_path / "none.json").write_text(json.dumps(unasked(1)) + "\n")
        until(lambda: gateway.ready()[1]["warnings"] == [])
