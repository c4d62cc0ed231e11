"""The proxies that are compared, each on one core and told to use no more. What is not installed is left out, aloud."""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.processes import LOAD_CORE, PROXY_CORE, ROOT, NotInstalledError, Running, found, free_port, start
from bench.scenes import make_policy, make_site

#: How each target stands in a table.
NAMES: Final[Mapping[str, str]] = {
    "direct": "the origin itself, no proxy",
    "nginx": "nginx",
    "haproxy": "HAProxy",
    "envoy": "Envoy",
    "traefik": "Traefik",
    "caddy": "Caddy",
    "bare": "Izin's relay alone, no decision, no record",
    "izin": "**Izin**, every decision recorded and sealed",
    "unsealed": "Izin without the seal",
    "plain": "Izin not compiled",
}
#: A tree as this one with a compiled package (`make compiled`): Izin as it is shipped.
COMPILED: Final = ROOT / "build/compiled"
_DEBIAN, _PYPI = "Debian package {}", "`make bench` installs it"


def start_all(folder: Path, stack: ExitStack, wanted: set[str]) -> dict[str, Running]:
    """Start the origin and every wanted proxy that is installed, by name."""
    for program, package in (("wrk", "wrk"), ("nginx", "nginx-light"), ("taskset", "util-linux")):
        try:
            found(program, _DEBIAN.format(package))
        except NotInstalledError as missing:
            raise SystemExit(f"{missing}: nothing can be measured without it") from None
    running = {"direct": start_origin(folder, stack, LOAD_CORE)}
    for name, begin in _TARGETS.items():
        if name not in wanted:
            continue
        try:
            running[name] = begin(folder, running["direct"].port, stack)
        except NotInstalledError as missing:
            print(f"{missing}: left out", file=sys.stderr)
    return running


def start_origin(folder: Path, stack: ExitStack, core: str) -> Running:
    """The site itself, on a core, or on several (`0,1`)."""
    body = f"root {make_site(folder)}; location /berita/2026/ {{ rewrite ^ /berita/artikel.html break; }}"
    port = free_port()
    return start(_nginx(folder, "origin", port, body, ""), core, port, stack)


def _proxy(folder: Path, origin: int, stack: ExitStack) -> Running:
    body = (
        "location = /larangan { return 403; }"
        "location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ''; "
        "proxy_set_header Host $host; }"
    )
    port = free_port()
    more = f"upstream up {{ server 127.0.0.1:{origin}; keepalive 64; }}"
    return start(_nginx(folder, "proxy", port, body, more), PROXY_CORE, port, stack)


def _nginx(folder: Path, name: str, port: int, body: str, more: str) -> list[str]:
    path = folder / f"{name}.conf"
    path.write_text(_NGINX.format(name=name, port=port, body=body, more=more))
    program = found("nginx", _DEBIAN.format("nginx-light"))
    return [program, "-p", str(folder), "-e", "stderr", "-c", str(path), "-g", "daemon off;"]


def _haproxy(folder: Path, origin: int, stack: ExitStack) -> Running:
    port, conf = free_port(), folder / "haproxy.cfg"
    conf.write_text(_HAPROXY.format(port=port, origin=origin))
    argv = [found("haproxy", _DEBIAN.format("haproxy")), "-db", "-f", str(conf)]
    return start(argv, PROXY_CORE, port, stack)


def _envoy(folder: Path, origin: int, stack: ExitStack) -> Running:
    port, conf = free_port(), folder / "envoy.yaml"
    conf.write_text(_ENVOY.format(port=port, origin=origin))
    argv = [found("envoy", _PYPI), "-c", str(conf), "--concurrency", "1", "--disable-hot-restart"]
    return start([*argv, "-l", "off", "--base-id", str(port)], PROXY_CORE, port, stack)


def _traefik(folder: Path, origin: int, stack: ExitStack) -> Running:
    port, routes, conf = free_port(), folder / "routes.yaml", folder / "traefik.yaml"
    routes.write_text(_ROUTES.format(origin=origin))
    conf.write_text(_TRAEFIK.format(port=port, routes=routes))
    argv = [found("traefik", _PYPI), f"--configFile={conf}"]
    return start(argv, PROXY_CORE, port, stack, {"GOMAXPROCS": "1"})


def _caddy(folder: Path, origin: int, stack: ExitStack) -> Running:
    port, conf = free_port(), folder / "Caddyfile"
    conf.write_text(
        f"{{\n admin off\n auto_https off\n}}\nhttp://:{port} {{\n reverse_proxy 127.0.0.1:{origin}\n}}\n"
    )
    argv = [found("caddy", _PYPI), "run", "--config", str(conf), "--adapter", "caddyfile"]
    env = {"GOMAXPROCS": "1", "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return start(argv, PROXY_CORE, port, stack, env)


def _bare(_folder: Path, origin: int, stack: ExitStack) -> Running:
    port = free_port()
    tree = _shipped()
    argv = [python(), str(tree / "bench/bare.py"), str(port), str(origin)]
    return start(argv, PROXY_CORE, port, stack, {"PYTHONPATH": str(tree)}, tree)


def _izin(folder: Path, origin: int, stack: ExitStack) -> Running:
    return start_gateway(folder / "izin", origin, stack)


def _unsealed(folder: Path, origin: int, stack: ExitStack) -> Running:
    return start_gateway(folder / "unsealed", origin, stack, program="bench.unsealed")


def _plain(folder: Path, origin: int, stack: ExitStack) -> Running:
    if _shipped() == ROOT:
        raise NotInstalledError(
            "a compiled Izin is not there (`make compiled`), so all rows are of one that is not"
        )
    return start_gateway(folder / "plain", origin, stack, tree=ROOT)


def _shipped() -> Path:
    """The tree with Izin as it is shipped: compiled, where it could be."""
    return COMPILED if (COMPILED / "made").exists() else ROOT


def python() -> str:
    """The Python that Izin runs on, compiled or not: one as it is shipped for, where `make bench` has made that."""
    shipped = COMPILED / "shipped/bin/python"
    return str(shipped) if shipped.exists() else sys.executable


def start_gateway(
    folder: Path,
    origin: int,
    stack: ExitStack,
    *more: str,
    program: str = "gateway",
    core: str = PROXY_CORE,
    tree: Path | None = None,
) -> Running:
    """A gateway before an origin, told ``more`` than where to listen; its journal lies in a new folder. The package is that of
    ``tree``, by default as it is shipped."""
    folder.mkdir()
    port, tree = free_port(), tree or _shipped()
    argv = [
        *(python(), "-m", program, "serve", str(make_policy(folder)), "--no-fetch", *more),
        *("--origin", f"http://127.0.0.1:{origin}", "--listen", f"127.0.0.1:{port}"),
        *("--admin", f"127.0.0.1:{free_port()}", "--journal", str(folder / "journal")),
    ]
    return start(argv, core, port, stack, cwd=tree)


_TARGETS: Final[Mapping[str, Callable[[Path, int, ExitStack], Running]]] = {
    "nginx": _proxy,
    "haproxy": _haproxy,
    "envoy": _envoy,
    "traefik": _traefik,
    "caddy": _caddy,
    "bare": _bare,
    "izin": _izin,
    "unsealed": _unsealed,
    "plain": _plain,
}

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
_HAPROXY = """\
global
    nbthread 1
    maxconn 4096
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    http-reuse always
listen front
    bind 127.0.0.1:{port}
    server origin 127.0.0.1:{origin}
"""
_ENVOY = """\
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: front
          route_config:
            virtual_hosts:
            - {{name: all, domains: ["*"], routes: [{{match: {{prefix: "/"}}, route: {{cluster: origin}}}}]}}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
  clusters:
  - name: origin
    load_assignment:
      cluster_name: origin
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {origin}}}}}}}
"""
_ROUTES = """\
http:
  routers: {{all: {{rule: 'PathPrefix(`/`)', service: up}}}}
  services: {{up: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:{origin}'}}]}}}}}}
"""
_TRAEFIK = """\
entryPoints: {{web: {{address: '127.0.0.1:{port}'}}}}
providers: {{file: {{filename: {routes}}}}}
global: {{checkNewVersion: false, sendAnonymousUsage: false}}
log: {{level: ERROR}}
"""
