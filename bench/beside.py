"""Compare nginx alone with nginx beside Izin: `python -m bench.beside [--rounds N] [--seconds S]`.

Method as in `bench`: origin and load on core 0, nginx alone on core 1, all targets up, measured in turn. Izin runs on core 0, so
that what nginx itself is slowed down by stands alone; what Izin needs, for a question or for a line of the access log, is
told beside it. Ratios of CPU time are steadier than those of requests a second.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.measure import Round, cpu, drive, median_of
from bench.processes import LOAD_CORE, PROXY_CORE, ROOT, Running, found, free_port, start
from bench.scenes import Scene, make_policy, make_site

READER = Scene("beside", "a reader gets a page of 30 KB", (), "/berita/artikel.html")
_PLAIN = """\
worker_processes 1; pid plain.pid; {user}
events {{ worker_connections 4096; }}
http {{
    access_log off; types {{ text/html html; }}
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    upstream up {{ server 127.0.0.1:{origin}; keepalive 64; }}
    server {{ listen 127.0.0.1:{port}; location / {{ {body} }} }}
}}
"""
_PASS = "proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Host $host;"


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("--rounds", type=int, default=5)
    told.add_argument("--seconds", type=float, default=3)
    how = told.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        origin = _plain(folder, "origin", f"root {make_site(folder)};", 0, LOAD_CORE, stack)
        targets = {"nginx": _plain(folder, "nginx", _PASS, origin.port, PROXY_CORE, stack)}
        fields = (ROOT / "deploy/nginx/origin.conf").read_text().replace("http://site", "http://up")
        addresses = (ROOT / "deploy/nginx/addresses.conf").read_text()
        fields = fields.replace("include addresses.conf;", addresses) + "proxy_set_header Connection '';"
        targets["nginx, the same fields"] = _plain(folder, "fields", fields, origin.port, PROXY_CORE, stack)
        gateways = {}
        for name in ("nginx-compiled", "nginx"):
            targets[f"deploy/{name}"], gateways[f"deploy/{name}"] = _beside(folder, name, origin.port, stack)
        rounds: dict[str, list[Round]] = {name: [] for name in targets}
        spent = dict.fromkeys(gateways, 0.0)
        for number in range(how.rounds):
            for name in sorted(targets, reverse=number % 2 == 1):
                before = _total(gateways, name)
                rounds[name].append(drive(targets[name], READER, folder, 32, how.seconds))
                if name in gateways:
                    time.sleep(2)  # what it still has to read of the log
                    spent[name] += (
                        (_total(gateways, name) - before) * 1e6 / (rounds[name][-1].rps * how.seconds)
                    )
        base = median_of(rounds["nginx"])
        for name, several in rounds.items():
            one = median_of(several)
            row = {
                "target": name,
                "rps": round(one.rps),
                "of nginx": round(one.rps / base.rps, 2),
                "cpu ms/1k": round(one.cpu, 1),
                "cpu of nginx": round(base.cpu / one.cpu, 2),
                "izin cpu ms/1k": round(spent[name] / how.rounds, 1) if name in spent else None,
                "p99 ms": one.p99,
                "unexpected": one.unexpected,
            }
            print(json.dumps(row))


def _plain(folder: Path, name: str, body: str, origin: int, core: str, stack: ExitStack) -> Running:
    home, port = folder / name, free_port()
    home.mkdir()
    (home / "nginx.conf").write_text(_PLAIN.format(user=_user(), origin=origin or 9, port=port, body=body))
    return start(_nginx(home), core, port, stack)


def _beside(folder: Path, name: str, origin: int, stack: ExitStack) -> tuple[Running, Running]:
    """The example of that name, nginx on its own core."""
    home, port, front, admin = folder / f"beside-{name}", free_port(), free_port(), free_port()
    home.mkdir()
    places = {
        "/run/izin/check.sock": f"{home}/check.sock", "/var/lib/izin": home, "/var/log/izin": home,
        "127.0.0.1:8000": f"127.0.0.1:{origin}", "127.0.0.1:8080": f"127.0.0.1:{front}",
        "127.0.0.1:8088": f"127.0.0.1:{port}", "worker_processes auto;": f"worker_processes 1; {_user()}",
    }  # fmt: skip
    for path in (*(ROOT / "deploy/nginx").glob("*.conf"), *(ROOT / "deploy" / name).glob("*.conf")):
        text = path.read_text()
        for default, place in places.items():
            text = text.replace(default, str(place))
        (home / path.name).write_text(text)
    policy = make_policy(home)
    izin = [sys.executable, "-m", "gateway"]
    if name == "nginx-compiled":
        subprocess.run(
            [*izin, "compile", "nginx", policy, "--out", home / "automated.conf"], check=True, cwd=ROOT
        )
    (home / "access.json").touch()
    argv = [
        *izin, "serve", str(policy), "--no-fetch", "--origin", f"http://127.0.0.1:{origin}", "--listen", f"127.0.0.1:{front}",
        "--admin", f"127.0.0.1:{admin}", "--journal", str(home / "journal"), "--check", str(home / "check.sock"),
        "--access-log", str(home / "access.json"), "--trusted-proxies", "127.0.0.1",
    ]  # fmt: skip
    gateway = start(argv, LOAD_CORE, admin, stack)
    return start(_nginx(home), PROXY_CORE, port, stack), gateway


def _nginx(home: Path) -> list[str]:
    program = found("nginx", "Debian package nginx-light")
    return [program, "-p", str(home), "-e", "stderr", "-c", str(home / "nginx.conf"), "-g", "daemon off;"]


def _user() -> str:
    import os

    return "user root;" if os.geteuid() == 0 else ""


def _total(gateways: dict[str, Running], name: str) -> float:
    return sum(map(cpu, gateways[name].pids())) if name in gateways else 0.0


if __name__ == "__main__":
    main()
