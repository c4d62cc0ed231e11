"""A policy's prefilter for nginx: maps that say which requests need not be asked about. Pure.

`$izin_unasked` is `prefilter` where nothing but *allow* can come out; the example `deploy/nginx-compiled` passes these to the
site at once, and Izin records them from the access log. `$izin_refused` names whom the policy refuses, for the day on which
Izin does not answer, and `$izin_notice` is what they are told. nginx keeps a parameter within 4096 octets, so long lists are
written in parts.
"""

from collections.abc import Callable
from typing import Final

from gateway import __version__
from gateway.compiled.browsers import SHAPES, shapes_for
from gateway.compiled.prefilter import (
    Passing,
    host_expression,
    own_expression,
    passing,
    path_expression,
)
from gateway.compiled.refused import alternations, refused_tokens
from gateway.instants import utc
from gateway.policy.model import Policy
from gateway.statements import publish
from gateway.statements.statement import HostStatements

#: Octets that a parameter of nginx's configuration may have, some to spare.
_MOST: Final = 3800
_READS: Final = "(?:GET|HEAD) "
_PORT: Final = "(?::[0-9]{1,5})?"
#: Fields by which a client is more than its User-Agent says, or asks for another protocol.
_PROOFS: Final = (
    "$http_upgrade$http_signature$http_signature_input$http_signature_agent$http_client_cert$http_from"
)
#: None of them, and no token in what follows. No shape has a bar, so that nothing written into a field passes for another one.
_NO_PROOF: Final = r"\|\|(?!(?i:.*license))[^|]*"


def render(policy: Policy, now: int) -> str:
    """The file, for nginx's http block; the list of the refused as the policy stands at an instant (µs since 1970)."""
    shapes = shapes_for(policy.agents)
    left_out = [shape.name for shape in SHAPES if shape not in shapes]
    lines = [
        f"# Written by `izin compile nginx` {__version__} for the policy {policy.digest}.",
        "# Not to be changed by hand: write it anew whenever the policy or Izin changes.",
        "",
        "# Where the policy says nothing of readers, by host and target.",
        'map "$request_method $http_host$request_uri" $izin_open {',
        "    default 0;",
        *(line for host in passing(policy) for line in _host_lines(host)),
        "}",
        "# Who can only be a reader there: a browser's words and numbers, and no room for anybody's name. After it, in the places",
        "# that the bars keep apart, no upgrade, no proof of who he is and no address to write to; and no license token.",
        *(f"# Left out, for an agent of this policy has a word of it: {name}." for name in left_out),
        f'map "$izin_open$http_user_agent|{_PROOFS}|$http_authorization" $izin_unasked {{',
        '    default "";',
        *(
            line
            for shape in shapes
            for line in (f"    # {shape.name}", f'    "~^1{shape.pattern}{_NO_PROOF}$" prefilter;')
        ),
        "}",
        "",
        "# What every page says of the terms.",
        *_stated_lines(policy, now),
        "",
        "# For the day on which Izin does not answer: whom the policy refuses by name, and what it tells them.",
        "map $http_user_agent $izin_refused {",
        "    default 0;",
        *(f'    "~*{part}" 1;' for part in alternations(refused_tokens(policy, now), _MOST)),
        "}",
        "map $http_host $izin_notice {",
        f'    default "{_quoted(policy)}";',
        "}",
    ]
    return "\n".join(lines) + "\n"


#: Where the policy reserves no rights, or says nothing, the site may do so all the same.
_STRICTER: Final = "$izin_stricter_reservation"
#: The variables with what a page says of the terms, and where that stands.
_STATED: Final[tuple[tuple[str, Callable[[HostStatements], bytes | None]], ...]] = (
    ("link", lambda said: said.link),
    ("content_usage", lambda said: said.content_usage),
    ("tdm_reservation", lambda said: said.tdm_reservation),
    ("tdm_policy", lambda said: said.tdm_policy),
    ("robots_tag", lambda said: said.x_robots_tag),
)


def _stated_lines(policy: Policy, now: int) -> list[str]:
    """A map for each field, from the name of a host to what it says there; the longest wildcard counts, as for the gate."""
    said = publish(policy, utc(now)).hosts
    lines = []
    for name, of in _STATED:
        values = {
            host.pattern: _value((of(said[host.pattern]) or b"").decode("ascii")) for host in policy.hosts
        }
        if name == "tdm_reservation" and "'0'" in values.values():
            lines.append(f"map $upstream_http_tdm_reservation {_STRICTER} {{ 1 1; default 0; }}")
            values = {host: _STRICTER if value == "'0'" else value for host, value in values.items()}
        if name.startswith("tdm_"):
            values = {
                host: f"$upstream_http_{name}" if value == "''" else value for host, value in values.items()
            }
        if len(set(values.values())) == 1:
            # Of an empty text nothing is looked up.
            lines.append(f"map '' $izin_page_{name} {{ default {values.popitem()[1]}; }}")
            continue
        lines += [f"map $host $izin_page_{name} {{", "    hostnames;", '    default "";']
        lines += [f"    {pattern} {value};" for pattern, value in values.items()]
        lines.append("}")
    if any("{izin_dollar}" in line for line in lines):
        lines.insert(0, "geo $izin_dollar { default '$'; }")  # nginx has no other way to write one
    return lines


def _value(text: str) -> str:
    """A text for nginx, in which it finds nothing to interpret."""
    plain = text.replace("\\", "\\\\").replace("'", "\\'").replace("$", "${izin_dollar}")
    return f"'{plain}'"


def _host_lines(host: Passing) -> list[str]:
    name, lines = _READS + host_expression(host.host) + _PORT, []
    for because in dict.fromkeys(one.because for one in host.guarded):
        lines.append(f"    # {host.host}: rule {because}")
        lines += [
            f'    "~^{name}{path_expression(one.pattern)}" 0;'
            for one in host.guarded
            if one.because == because
        ]
    lines.append(f"    # {host.host}: every other plain target, but for Izin's own pages")
    lines.append(f'    "~^{name}(?!{own_expression()}){host.target}$" 1;')
    return [*lines, f'    "~^{name}/" 0;']


def _quoted(policy: Policy) -> str:
    """The notice in both languages, in which nginx finds nothing to interpret."""
    notice = policy.rights.notice
    text = f"{notice.id} / {notice.en} ({policy.rights.contact})"
    plain = "".join(letter if letter.isprintable() and letter not in '"\\$' else " " for letter in text)
    return " ".join(plain.split()).encode()[: _MOST // 2].decode("utf-8", "ignore")
