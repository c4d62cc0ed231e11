"""`tokens:` in site.yaml: whether licensees may fetch their tokens by themselves, and for how long these hold."""

from typing import Final

from gateway.instants import duration
from gateway.policy.reader import Reader
from gateway.policy.source import Node, shown

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
        except ValueError as error:
            reader.wrong(fields["length"].place, str(error).replace(text or "", shown(text or "")))
            length = None
        if length is not None and length > _LONGEST:
            reader.wrong(
                fields["length"].place,
                f"`{shown(text or '')}` is long for a token that is fetched without asking anybody",
                "at most `31d`; a licensee fetches the next one by itself",
            )
    return length if runs else None
