"""`izin serve`: the gateway in front of a site."""

from pathlib import Path
from typing import Any

import click

from gateway.cli.alert_options import ALERTS, check_alerts, password_in, signing_secret_in
from gateway.cli.options import FILE, JOURNAL, LICENSE_KEYS, ORIGIN_CA, ORIGIN_NAME, Parsed, fail, secret_in
from gateway.cli.settings_file import SETTINGS
from gateway.cli.shared_options import SHARED, check_shared
from gateway.cores import parse_workers
from gateway.instants import duration
from gateway.settings import (
    DEFAULT_ADMIN,
    DEFAULT_DRAIN,
    DEFAULT_LISTEN,
    DEFAULT_ORIGIN_REQUESTS,
    Settings,
    TrustedProxies,
    parse_address,
    parse_client_field,
    parse_hosts,
    parse_near,
    parse_networks,
    parse_origin,
    parse_servers,
    parse_targets,
    parse_vkeys,
)
from gateway.vocabulary import Mode


@click.command("serve")
@click.argument("policy", type=click.Path(path_type=Path), metavar="POLICY")
@SETTINGS
@click.option(
    "--origin",
    type=Parsed("URL", parse_origin),
    envvar="IZIN_ORIGIN",
    help="The site behind the gateway, for every host; else the policy's `origin`. [env: IZIN_ORIGIN]",
)
@click.option(
    "--listen",
    type=Parsed("HOST:PORT", parse_address),
    envvar="IZIN_LISTEN",
    default=DEFAULT_LISTEN,
    show_default=True,
    help="Where clients come in. [env: IZIN_LISTEN]",
)
@click.option(
    "--admin",
    type=Parsed("HOST:PORT", parse_address),
    envvar="IZIN_ADMIN",
    default=DEFAULT_ADMIN,
    show_default=True,
    help="Where /health, /ready and /metrics are; keep it private. [env: IZIN_ADMIN]",
)
@click.option(
    "--console",
    type=Parsed("HOST:PORT", parse_address),
    envvar="IZIN_CONSOLE",
    help="Where the review console listens, in a process of its own; keep it off the public network. [env: IZIN_CONSOLE]",
)
@click.option(
    "--check",
    type=Parsed("ADDRESS", parse_near),
    envvar="IZIN_CHECK",
    help="Where nginx, Caddy, Traefik, Envoy or HAProxy ask whether to pass a request on (/_izin/check): the path of a Unix socket, or HOST:PORT on a loopback address. [env: IZIN_CHECK]",
)
@click.option(
    "--access-log",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="IZIN_ACCESS_LOG",
    metavar="FILE",
    help="The access log of the proxy that asks (JSON lines): how the requests ended that it passed on, and what it passed on without asking, is read from it and recorded. [env: IZIN_ACCESS_LOG]",
)
@JOURNAL
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    envvar="IZIN_MODE",
    help="Overrides the policy's mode for every host: observe refuses nobody. [env: IZIN_MODE]",
)
@click.option(
    "--catalogue-key",
    type=Parsed("VKEY,…", parse_vkeys),
    envvar="IZIN_CATALOGUE_KEY",
    default="",
    help="Public keys of which one must have signed a catalogue of agents that `izin agents update` takes up; several while one follows another. [env: IZIN_CATALOGUE_KEY]",
)
@click.option(
    "--trusted-proxies",
    type=Parsed("CIDR,…", TrustedProxies.parse),
    envvar="IZIN_TRUSTED_PROXIES",
    default="",
    help="Proxies whose word about the client is believed, by prefix or by name (cloudflare, cloudfront, fastly), or `none`; else the peer is the client. [env: IZIN_TRUSTED_PROXIES]",
)
@click.option(
    "--client-field",
    type=Parsed("FIELD", parse_client_field),
    envvar="IZIN_CLIENT_FIELD",
    default="",
    help="The header field in which they name the client: X-Forwarded-For, Forwarded, or one with a single address; else what they write by default. [env: IZIN_CLIENT_FIELD]",
)
@click.option(
    "--certificate-proxies",
    type=Parsed("CIDR,…", parse_networks),
    envvar="IZIN_CERTIFICATE_PROXIES",
    default="",
    help="Those of the trusted proxies that check clients' certificates (mTLS) and hand them on as Client-Cert (RFC 9440); they must remove a client's own. [env: IZIN_CERTIFICATE_PROXIES]",
)
@click.option(
    "--proxy-protocol",
    is_flag=True,
    envvar="IZIN_PROXY_PROTOCOL",
    help="Each connection must begin with a header of the PROXY protocol, version 1 or 2, from a trusted proxy. [env: IZIN_PROXY_PROTOCOL]",
)
@click.option(
    "--tls-cert",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="IZIN_TLS_CERT",
    metavar="FILE",
    help="The certificate chain (PEM) with which the listener speaks TLS, the site's own first; read anew when it changes. [env: IZIN_TLS_CERT]",
)
@click.option(
    "--tls-key",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="IZIN_TLS_KEY",
    metavar="FILE",
    help="Its private key (PEM). [env: IZIN_TLS_KEY]",
)
@ORIGIN_CA
@ORIGIN_NAME
@click.option(
    "--origin-requests",
    type=click.IntRange(4, 1_000_000),
    envvar="IZIN_ORIGIN_REQUESTS",
    default=DEFAULT_ORIGIN_REQUESTS,
    show_default=True,
    help="How many requests the origin can serve at once: of these, crawlers for AI without a license may fill half, scripts and unknown crawlers three quarters. [env: IZIN_ORIGIN_REQUESTS]",
)
@click.option(
    "--origin-secret-file",
    type=FILE,
    envvar="IZIN_ORIGIN_SECRET_FILE",
    metavar="FILE",
    help="Its first line goes to the origin as Izin-Origin-Secret, so that nobody goes round. [env: IZIN_ORIGIN_SECRET_FILE]",
)
@click.option(
    "--log-requests",
    is_flag=True,
    envvar="IZIN_LOG_REQUESTS",
    help="A log line for every request, not only for refusals. [env: IZIN_LOG_REQUESTS]",
)
@click.option(
    "--seal-site/--no-seal-site",
    envvar="IZIN_SEAL_SITE",
    default=True,
    show_default=True,
    help="Whether one checkpoint is signed over all lanes of the site that lie together; not where another machine does that. [env: IZIN_SEAL_SITE]",
)
@click.option(
    "--join",
    type=Parsed("ADDRESS …", parse_hosts),
    envvar="IZIN_JOIN",
    default="",
    help="Other hosts whose lanes are sealed with the site, by the addresses of their admin listeners, separated by blanks: https://b.example:9180/seal. [env: IZIN_JOIN]",
)
@click.option(
    "--join-token-file",
    type=FILE,
    envvar="IZIN_JOIN_TOKEN_FILE",
    metavar="FILE",
    help="Its first line is shown to those hosts, and asked of whoever wants to see this host's seal. [env: IZIN_JOIN_TOKEN_FILE]",
)
@click.option(
    "--join-ca",
    type=FILE,
    envvar="IZIN_JOIN_CA",
    metavar="FILE",
    help="Authorities (PEM) that vouch for those hosts where the system's do not. [env: IZIN_JOIN_CA]",
)
@click.option(
    "--fetch/--no-fetch",
    envvar="IZIN_FETCH",
    default=True,
    show_default=True,
    help="Whether the address lists that operators publish are fetched from them, daily; else those in the journal's folder are used as they are. [env: IZIN_FETCH]",
)
@click.option(
    "--dns",
    type=Parsed("ADDRESS,…", parse_servers),
    envvar="IZIN_DNS",
    default="",
    help="Name servers for reverse look-ups; else the system's. [env: IZIN_DNS]",
)
@LICENSE_KEYS
@click.option(
    "--signatures-once",
    is_flag=True,
    envvar="IZIN_SIGNATURES_ONCE",
    help="A signed request counts as signed once only; agents that reuse one signature for all that a page loads are then not recognized. [env: IZIN_SIGNATURES_ONCE]",
)
@click.option(
    "--directories-inside",
    is_flag=True,
    envvar="IZIN_DIRECTORIES_INSIDE",
    help="Key directories of signers may lie on private or loopback addresses, and are fetched also with --no-fetch: for licensees in your own network, and for tests. [env: IZIN_DIRECTORIES_INSIDE]",
)
@click.option(
    "--follow",
    type=Parsed("ADDRESS …", parse_targets),
    envvar="IZIN_FOLLOW",
    default="",
    help="Where entries are shipped to as they are written, separated by blanks: file:///path/name.jsonl, a folder file:///path/, https://… that takes JSON Lines by POST, postgresql://user@host/database, or clickhouse://user@host:8123. [env: IZIN_FOLLOW]",
)
@click.option(
    "--follow-token-file",
    type=FILE,
    envvar="IZIN_FOLLOW_TOKEN_FILE",
    metavar="FILE",
    help="Its first line is shown to these addresses as a bearer token, to ClickHouse as the password. [env: IZIN_FOLLOW_TOKEN_FILE]",
)
@ALERTS
@SHARED
@click.option(
    "--drain",
    type=Parsed("DURATION", duration),
    envvar="IZIN_DRAIN",
    default=f"{DEFAULT_DRAIN:.0f}s",
    show_default=True,
    help="How long requests under way may take to end after SIGTERM. [env: IZIN_DRAIN]",
)
@click.option(
    "--workers",
    type=Parsed("NUMBER|auto", parse_workers),
    envvar="IZIN_WORKERS",
    default="1",
    show_default=True,
    help="How many processes serve clients; with several, one more writes the journal and one supervises. `auto`: one for each core but one. [env: IZIN_WORKERS]",
)
def command(
    policy: Path,
    origin_secret_file: Path | None,
    alerts_secret_file: Path | None,
    smtp_password_file: Path | None,
    join_token_file: Path | None,
    mode: str | None,
    **values: Any,
) -> None:
    """Serve the site behind --origin to everybody whom POLICY lets in, and record every decision.

    SIGHUP, or a change in the folder, reloads the policy; SIGTERM lets requests end and stops.
    """
    if values["proxy_protocol"] and not values["trusted_proxies"]:
        raise click.UsageError("--proxy-protocol needs --trusted-proxies: nobody else may send its header")
    check_shared(values)
    if (values["tls_cert"] is None) != (values["tls_key"] is None):
        raise click.UsageError("--tls-cert and --tls-key need each other: the certificate and its key")
    check_alerts(values["alerts_to"], values["alerts_from"], values["smtp"], smtp_password_file)
    settings = Settings(
        policy=policy,
        mode=Mode(mode) if mode else None,
        origin_secret=secret_in(origin_secret_file),
        alerts_secret=signing_secret_in(alerts_secret_file),
        smtp_password=password_in(smtp_password_file),
        join_token=secret_in(join_token_file),
        **values,
    )
    from gateway.app import serve
    from gateway.parts import StartError

    try:
        serve(settings)
    except StartError as error:
        fail(error.what, error.hint)
