"""`legal-order` of a rule: by whose order a page is closed (RFC 7725), as a court's paper names itself."""

from gateway.policy.addresses import is_placeholder, read_url
from gateway.policy.faults import rules as faults
from gateway.policy.model import LegalOrder
from gateway.policy.reader import Reader
from gateway.policy.source import Node, shown


def read_order(reader: Reader, node: Node) -> LegalOrder | None:
    """The order, or None if it cannot be read: a refusal that names an authority must name the right one."""
    fields = reader.fields(node, "`legal-order`", required=("by", "number", "date"), optional=("url",))
    by = reader.text(fields["by"], "`by`") if "by" in fields else None
    if by is not None and is_placeholder(by):
        reader.wrong(fields["by"].place, faults.PLACEHOLDER_AUTHORITY, text=shown(by))
        by = None
    number = reader.text(fields["number"], "`number`") if "number" in fields else None
    given = reader.date(fields["date"], "`date`") if "date" in fields else None
    url = read_url(reader, fields["url"], "`url`") if "url" in fields else None
    if by is None or number is None or given is None or ("url" in fields and url is None):
        return None
    return LegalOrder(by, number, given, url)
