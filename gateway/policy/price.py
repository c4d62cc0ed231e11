"""`prices` in site.yaml: what permission costs, as it is stated to everybody. Nothing is settled here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.policy.faults import site as faults
from gateway.policy.faults.values import USE
from gateway.policy.place import Fault
from gateway.policy.reader import Reader
from gateway.policy.source import Node, Text, shown
from gateway.vocabulary import Sentence, Use

_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


class Per(StrEnum):
    """What is paid for: the types of `payment` of RSL 1.0 section 3.5 that have an amount."""

    PURCHASE = "purchase"
    SUBSCRIPTION = "subscription"
    TRAINING = "training"
    CRAWL = "crawl"
    USE = "use"


@dataclass(frozen=True, slots=True)
class Price:
    """An amount in decimal figures, a currency of ISO 4217, what is paid for, and all of it in words."""

    amount: str
    currency: str
    per: Per
    words: Sentence


Prices = Mapping[Use, Price]


def read_prices(reader: Reader, node: Node) -> dict[Use, Price]:
    """The price of each use, of those that can be read."""
    found: dict[Use, Price] = {}
    for key, value in reader.rows(node, "`prices`"):
        use = reader.one_of(key, Use, USE)
        price = _read_price(reader, value)
        if use is not None and price is not None:
            found |= dict.fromkeys(use.single, price)
    return found


def _read_price(reader: Reader, node: Node) -> Price | None:
    fields = reader.fields(node, faults.A_PRICE, required=("amount", "currency", "per", "words"))
    per = reader.one_of(fields["per"], Per, "`per`") if "per" in fields else None
    amount = _read(reader, fields.get("amount"), _AMOUNT, faults.NO_AMOUNT)
    currency = _read(reader, fields.get("currency"), _CURRENCY, faults.NO_CURRENCY)
    words = None
    if "words" in fields:
        its = reader.fields(fields["words"], "`words`", required=("id", "en"))
        texts = [reader.text(its[key], f"`{key}`") if key in its else None for key in ("id", "en")]
        words = None if texts[0] is None or texts[1] is None else Sentence(texts[0], texts[1])
    if per is None or amount is None or currency is None or words is None:
        return None
    return Price(amount, currency, per, words)


def _read(reader: Reader, node: Node | None, form: re.Pattern[str], fault: Fault) -> str | None:
    if node is None:
        return None
    if isinstance(node, Text) and form.fullmatch(node.text):
        return node.text
    reader.wrong(node.place, fault, text=shown(node.text) if isinstance(node, Text) else "…")
    return None
