"""Rules for delivery networks before Izin: only what has the shape of a reader's browser may be answered from their cache. Pure.

A cache that answers a crawler with a page that a reader fetched takes the decision from Izin, and leaves no record of it. So
every claim of automation has to go past it: here again what can only be a reader is said (`gateway.compiled.browsers`), and
all else goes to Izin, as does whoever shows a proof. Readers of rarer browsers are served as well, not from the cache.
"""

from gateway import __version__
from gateway.compiled.browsers import shapes_for
from gateway.policy.model import Policy

_PROOFS = ("signature-input", "signature-agent", "signature", "client-cert", "from")


def _written_by(name: str, policy: Policy) -> str:
    return f"Written by `izin compile {name}` {__version__} for the policy {policy.digest}."


def _readers(policy: Policy) -> str:
    """One regular expression of all shapes, without anything in which dialects differ."""
    return "^(?:" + "|".join(shape.pattern for shape in shapes_for(policy.agents)) + ")$"


def cloudflare(policy: Policy) -> str:
    """The expression of a Cache Rule that bypasses the cache (Rules language; `matches` needs the Business plan)."""
    told = [f'not http.user_agent matches r"{_readers(policy)}"']
    told += [f'len(http.request.headers["{name}"]) > 0' for name in _PROOFS]
    # A second User-Agent, and fields that are too many for the rule to see, may say anything.
    told += ['len(http.request.headers["user-agent"]) > 1', "http.request.headers.truncated"]
    told.append('any(lower(http.request.headers["authorization"][*])[*] contains "license")')
    return " or\n".join(f"({one})" for one in told) + "\n"


def cloudfront(policy: Policy) -> str:
    """A CloudFront Function for viewer requests (runtime 2.0). Whoever is no reader gets a cache key of his own."""
    proofs = ", ".join(f"'{name}'" for name in _PROOFS)
    expression = _readers(policy).replace("/", "\\/")
    return f"""\
// {_written_by("cloudfront", policy)}
// A function for viewer requests, runtime cloudfront-js-2.0. The cache policy must have the header izin-past-cache in its key.
var READER = /{expression}/;
var PROOFS = [{proofs}];

function handler(event) {{
    var request = event.request, headers = request.headers;
    var agent = headers['user-agent'], authorization = headers['authorization'];
    var past = !agent || !!agent.multiValue || !READER.test(agent.value)
        || PROOFS.some(function (name) {{ return headers[name]; }})
        || (authorization && /license/i.test(JSON.stringify(authorization)));
    // What a client sends under this name ends here.
    headers['izin-past-cache'] = {{ value: past ? event.context.requestId : 'no' }};
    return request;
}}
"""


def fastly(policy: Policy) -> str:
    """Three VCL snippets, by which whoever is no reader is never answered from the cache.

    The decision is carried out in `hit` and `miss`, for a snippet of `recv` stands before what Fastly writes there itself:
    returning from it would leave out the choice of the origin, shielding and the redirect to TLS.
    """
    proofs = " || ".join(f"req.http.{name.title()}" for name in _PROOFS)
    return f"""\
# {_written_by("fastly", policy)}
# 1. A snippet of the type recv (vcl_recv).
unset req.http.Izin-Past-Cache;
if (req.method != "FASTLYPURGE" && (req.http.User-Agent !~ {{"{_readers(policy)}"}} || {proofs} || req.http.Authorization ~ "(?i)license")) {{
  set req.http.Izin-Past-Cache = "1";
}}
# The client's address, whatever it says of itself.
if (fastly.ff.visits_this_service == 0 && req.restarts == 0) {{
  set req.http.Fastly-Client-IP = client.ip;
}}

# 2. A snippet of the type hit (vcl_hit).
if (req.http.Izin-Past-Cache) {{
  return(pass);
}}

# 3. A snippet of the type miss (vcl_miss).
if (req.http.Izin-Past-Cache) {{
  return(pass);
}}
"""
