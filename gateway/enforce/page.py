"""The pages, as Jinja makes them: escaped, without script, with one inline style that the policy of the page names."""

from base64 import b64encode
from hashlib import sha256
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.enforce.contact import contact_of, safe
from gateway.enforce.messages import WORDS
from gateway.enforce.slots import plain, slot
from gateway.enforce.wording import Client, Wording
from gateway.names import ASSURANCES, KINDS, MONTHS, PURPOSES
from gateway.policy.model import LegalOrder, Rights
from gateway.policy.price import Price
from gateway.reasons import SENTENCES
from gateway.vocabulary import Sentence

PAGES: Final = Environment(
    loader=PackageLoader("gateway.enforce", "pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
STYLE: Final = PAGES.get_template("style.css").render().strip()

#: Nothing but the style of the page itself may load, and nobody may frame it (CSP Level 3).
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'sha256-"
    + b64encode(sha256(STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def render(said: Wording, because: Sentence | None) -> str:
    """The page of an answer, with slots for what each request has of its own; ``because`` is what the rule's writer says."""
    name = "legal.html" if said.order else "fault.html" if said.client is None else "refusal.html"
    template = PAGES.get_template(name)
    rights = plain_rights(said.rights)
    return template.render(
        style=SAFE_STYLE,
        message=said.message,
        words=WORDS,
        publication=rights.publication or rights.holder,
        rights=rights,
        contact=contact_of(rights),
        offered=said.offered,
        price=None if said.price is None else _price(said.price),
        rule=said.rule,
        because=None if because is None else plain_sentence(because),
        reasons=[SENTENCES[reason] for reason in said.reasons],
        findings=[SENTENCES[finding] for finding in said.findings],
        client=None if said.client is None else client_words(said.client),
        order=None if said.order is None else _order(said.order),
        decision=slot("id"),
        short=slot("short"),
        local=slot("local"),
        utc=slot("utc"),
        iso=slot("iso"),
        page=slot("page"),
    )


class _SafeStyle(str):
    """Our own style sheet: the one text that is not escaped."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


#: The style sheet as a page takes it in.
SAFE_STYLE: Final = _SafeStyle(STYLE)


def client_words(client: Client) -> dict[str, object]:
    """Who a client was taken for, in words."""
    kind, assurance = KINDS[client.kind], ASSURANCES[client.assurance]
    purpose = PURPOSES[client.purpose] if client.purpose is not None else None
    name = client.agent or (slot("name") if client.named else None)
    return {
        "name": name if name is None or client.agent is None else plain(name),
        "operator": None if client.operator is None else plain(client.operator),
        "what": Sentence(
            ", ".join([kind.id, *([purpose.id] if purpose else []), assurance.id]),
            ", ".join([kind.en, *([purpose.en] if purpose else []), assurance.en]),
        ),
    }


def _order(order: LegalOrder) -> dict[str, object]:
    day, month = order.date, MONTHS[order.date.month - 1]
    return {
        "by": plain(order.by),
        "number": plain(order.number),
        "date": Sentence(f"{day.day} {month.id} {day.year}", f"{day.day} {month.en} {day.year}"),
        "url": safe(order.url or ""),
    }


def plain_sentence(sentence: Sentence) -> Sentence:
    """A sentence of the policy's writer, fit to be shown."""
    return Sentence(plain(sentence.id), plain(sentence.en))


def plain_rights(rights: Rights) -> Rights:
    """What a policy says of its holder, fit to be shown."""
    return Rights(
        plain(rights.holder),
        plain_sentence(rights.notice),
        rights.contact,
        rights.terms,
        None if rights.publication is None else plain(rights.publication),
    )


def _price(price: Price) -> dict[str, object]:
    words = Sentence(plain(price.words.id), plain(price.words.en))
    return {"figures": f"{price.currency} {price.amount}", "words": words}
