"""`tokens:` in site.yaml: whether licensees may fetch their tokens by themselves, and for how long these hold."""

from typing import Final

from gateway.instants import duration
from gateway.policy.faults import site as faults
from gateway.policy.faults.values import TOLD
from gateway.policy.reader import Reader
from gateway.policy.source import Node, shown
from gateway.vocabulary import NotMeantError

#: Seconds for which a token from the endpoint holds where nothing is said, and at most.
LENGTH: Final = 3_600
_LONGEST: Final = 31 * 86_400


def read_tokens(reader: Reader, node: Node) -> int | None:
    """For how many seconds a token from the endpoint holds; None where the site runs none."""
    fields = reader.fields(node, "`tokens`", required=("endpoint",), optional=("length",))
    runs = reader.truth(fields["endpoint"], "`endpoint`") if "endpoint" in fields else None
    length: int | None = LENGTH
    if "length" in fields:
        text = reader.text(fields["length"], "`length`", 40)
        try:
            length = None if text is None else duration(text)
        except NotMeantError as error:
            reader.wrong(fields["length"].place, TOLD, why=error.why)
            length = None
        if length is not None and length > _LONGEST:
            reader.wrong(fields["length"].place, faults.TOKEN_TOO_LONG, text=shown(text or ""))
    return length if runs else None
