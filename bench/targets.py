"""The proxies that are compared, each on core 1, and the origin on core 0. What is not installed is left out, aloud."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.measure import Case

ROOT = Path(__file__).parent.parent
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GPTBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
)
CASES = (
    Case("pass", "a reader gets a page of 30 KB", "/berita/artikel.html", BROWSER, 200),
    Case("small", "a reader gets 1.5 KB", "/berita/kecil.html", BROWSER, 200),
    Case("refuse", "GPTBot is refused; nginx answers a bare `return 403`", "/larangan", GPTBOT, 403),
)


class Target(NamedTuple):
    """One proxy that runs."""

    name: str
    what: str
    port: int
    process: "subprocess.Popen[bytes]"
    cases: tuple[str, ...]

    def pids(self) -> list[int]:
        """Its process and that one's children."""
        mine = self.process.pid
        listed = Path(f"/proc/{mine}/task/{mine}/children").read_text().split()
        return [mine, *map(int, listed)]


def start_all(folder: Path, stack: ExitStack) -> list[Target]:
    """Start the origin and every proxy that is installed."""
    root = folder / "root/berita"
    root.mkdir(parents=True)
    (root / "artikel.html").write_bytes(b"<p>Berita uji.</p>\n" * 1600)
    (root / "kecil.html").write_bytes(b"<p>Berita uji.</p>\n" * 80)
    origin = _port()
    conf = _NGINX.format(folder=folder, name="origin", port=origin, body=f"root {folder / 'root'};", more="")
    process = _start(_nginx(folder, "origin", conf), "0", origin, stack)
    direct = Target("direct", "the origin itself, no proxy", origin, process, ("pass", "small"))
    every = [direct, _nginx_target(folder, origin, stack), _bare(origin, stack), _izin(folder, origin, stack)]
    every += [_caddy(folder, origin, stack), _traefik(folder, origin, stack)]
    return [target for target in every if target is not None]


def _nginx_target(folder: Path, origin: int, stack: ExitStack) -> Target:
    port = _port()
    body = (
        "location = /larangan { return 403; }"
        "location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ''; "
        "proxy_set_header Host $host; }"
    )
    more = f"upstream up {{ server 127.0.0.1:{origin}; keepalive 64; }}"
    argv = _nginx(
        folder, "proxy", _NGINX.format(folder=folder, name="proxy", port=port, body=body, more=more)
    )
    return Target("nginx", "nginx", port, _start(argv, "1", port, stack), ("pass", "small", "refuse"))


def _bare(origin: int, stack: ExitStack) -> Target:
    port = _port()
    argv = [sys.executable, str(ROOT / "bench/bare.py"), str(port), str(origin)]
    what = "Izin's relay alone, no decision, no record"
    return Target("bare", what, port, _start(argv, "1", port, stack), ("pass", "small"))


def _izin(folder: Path, origin: int, stack: ExitStack) -> Target:
    port, admin = _port(), _port()
    argv = [
        *(sys.executable, "-m", "gateway", "serve", str(ROOT / "policies/antara"), "--no-fetch"),
        *("--origin", f"http://127.0.0.1:{origin}", "--listen", f"127.0.0.1:{port}"),
        *("--admin", f"127.0.0.1:{admin}", "--journal", str(folder / "journal")),
    ]
    what = "**Izin**, every decision recorded"
    return Target("izin", what, port, _start(argv, "1", port, stack), ("pass", "small", "refuse"))


def _caddy(folder: Path, origin: int, stack: ExitStack) -> Target | None:
    program = _found("caddy", "`make bench-tools`")
    if program is None:
        return None
    port = _port()
    conf = folder / "Caddyfile"
    conf.write_text(
        f"{{\n admin off\n auto_https off\n}}\nhttp://:{port} {{\n reverse_proxy 127.0.0.1:{origin}\n}}\n"
    )
    argv = [program, "run", "--config", str(conf), "--adapter", "caddyfile"]
    env = {"GOMAXPROCS": "1", "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return Target("caddy", "Caddy", port, _start(argv, "1", port, stack, env), ("pass", "small"))


def _traefik(folder: Path, origin: int, stack: ExitStack) -> Target | None:
    program = _found("traefik", "`make bench-tools`")
    if program is None:
        return None
    port = _port()
    routes, conf = folder / "routes.yaml", folder / "traefik.yaml"
    routes.write_text(
        "http:\n  routers: {all: {rule: 'PathPrefix(`/`)', service: up}}\n"
        f"  services: {{up: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:{origin}'}}]}}}}}}\n"
    )
    conf.write_text(
        f"entryPoints: {{web: {{address: '127.0.0.1:{port}'}}}}\nproviders: {{file: {{filename: {routes}}}}}\n"
        "global: {checkNewVersion: false, sendAnonymousUsage: false}\nlog: {level: ERROR}\n"
    )
    argv = [program, f"--configFile={conf}"]
    return Target(
        "traefik", "Traefik", port, _start(argv, "1", port, stack, {"GOMAXPROCS": "1"}), ("pass", "small")
    )


def _nginx(folder: Path, name: str, conf: str) -> list[str]:
    program = _found("nginx", "Debian package nginx-light")
    if program is None or _found("wrk", "Debian package wrk") is None:
        raise SystemExit("nginx and wrk are needed")
    path = folder / f"{name}.conf"
    path.write_text(conf)
    return [program, "-p", str(folder), "-e", "stderr", "-c", str(path), "-g", "daemon off;"]


def _found(program: str, how: str) -> str | None:
    path = os.environ.get("PATH", os.defpath) + f":/usr/sbin:{Path(sys.executable).parent}"
    found = shutil.which(program, path=path)
    if found is None:
        print(f"{program} is not installed ({how}): left out", file=sys.stderr)
    return found


def _start(
    argv: Sequence[str], core: str, port: int, stack: ExitStack, env: dict[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        ["taskset", "-c", core, *argv],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(_stop, process)
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{argv[0]} does not start: {' '.join(argv)}") from None
            time.sleep(0.05)
        else:
            return process


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


_USER = "user root;" if os.geteuid() == 0 else ""
_NGINX = (
    _USER
    + """
worker_processes 1;
pid {name}.pid;
error_log /dev/null;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000000;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    types {{ text/html html; }}
    {more}
    server {{ listen 127.0.0.1:{port}; {body} }}
}}
"""
)
