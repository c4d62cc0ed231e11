"""Where our own documents stand, as absolute addresses: several formats take no others."""

from typing import Final
from urllib.parse import quote

from gateway.policy.model import Host, Policy

LICENSE_PATH: Final = "/license.xml"
TDMREP_PATH: Final = "/.well-known/tdmrep.json"
TDM_POLICY_PATH: Final = "/tdm-policy.json"

_URI: Final = ":/?#[]@!$&'()*+,;=%~"


def uri(text: str) -> str:
    """An address as it may stand in a header field, whatever the policy says."""
    return quote(text, safe=_URI)


def site_of(host: Host) -> str | None:
    """`https://` and the name of a host; None for a pattern of hosts, which has no one address."""
    return None if host.pattern.startswith("*") else f"https://{host.pattern}"


def home_of(policy: Policy, host: Host) -> str | None:
    """The address of the host, or of the first host of the policy that has one."""
    return next(filter(None, map(site_of, (host, *policy.hosts))), None)


def desk_of(policy: Policy) -> str:
    """The page where permission is asked for, else the terms, else the mail address."""
    rights = policy.rights
    if rights.contact.lower().startswith("mailto:"):
        return rights.terms or rights.contact
    return rights.contact
