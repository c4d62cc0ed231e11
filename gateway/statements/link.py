"""The `Link` field that points to the terms (RFC 8288): license.xml as RSL 1.0 asks, the page of terms by RFC 6903."""

from gateway.statements.address import LICENSE_PATH, site_of, uri
from gateway.statements.statement import Statement


def link(statement: Statement) -> str:
    """One Link value: our license.xml, and the human terms where the policy names them.

    RSL wants an absolute address. A pattern of hosts has none, so there the address is relative to the page.
    """
    site = site_of(statement.host) or ""
    links = [f'<{site}{LICENSE_PATH}>; rel="license"; type="application/rsl+xml"']
    if statement.policy.rights.terms is not None:
        links.append(f'<{uri(statement.policy.rights.terms)}>; rel="terms-of-service"')
    return ", ".join(links)


def link_omits(_statement: Statement) -> tuple[str, ...]:
    """What a Link cannot say."""
    return ("anything but where the terms are",)
