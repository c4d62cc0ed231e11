"""The `Link` field that points to the terms: `rel="license"` (RFC 4946, RFC 8288)."""

from urllib.parse import quote

from gateway.statements.statement import Statement

_URI = ":/?#[]@!$&'()*+,;=%~"


def link(statement: Statement) -> str:
    """One Link value: the human terms where the policy names them, else our robots.txt, which quotes the notice."""
    terms = statement.policy.rights.terms
    if terms is None:
        return '</robots.txt>; rel="license"; type="text/plain"'
    return f'<{quote(terms, safe=_URI)}>; rel="license"'


def link_omits(_statement: Statement) -> tuple[str, ...]:
    """What a Link cannot say."""
    return ("anything but where the terms are",)
