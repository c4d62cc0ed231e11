"""What `izin replay` found, as lines for people and as JSON."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from textwrap import wrap
from typing import Any, Final, TypeVar

from gateway.cli.terminal import coloured, fit, paint, safe
from gateway.instants import rfc3339, utc
from gateway.names import KINDS, PURPOSES
from gateway.told.account import Account, Change, Refusal, Sum, Who, total
from gateway.told.trial import Trial
from gateway.vocabulary import Kind, Language, Sentence, Verdict

K = TypeVar("K", bound=Hashable)

_TOP: Final = 20
_COUNTED: Final = Sentence("{requests} permintaan", "{requests} {requests:request/requests}")
_PERIOD: Final = Sentence(
    "{requests} permintaan, {first} sampai {last} ({zone})",
    "{requests} {requests:request/requests}, {first} to {last} ({zone})",
)
_ASIDE: Final = {
    "malformed": Sentence("baris yang bukan baris log", "lines that are no lines of a log"),
    "unreplayable": Sentence(
        "yang tidak menyebut apa yang diminta atau oleh siapa", "that do not say what was asked, or by whom"
    ),
    "elsewhere": Sentence(
        "untuk situs yang tidak disebut kebijakan", "for hosts that the policy does not name"
    ),
    "faulty": Sentence(
        "yang rusak; ditolak 400 apa pun kebijakannya", "malformed; refused with 400 whatever the policy"
    ),
}
_CAME: Final = Sentence("Siapa yang datang", "Who came")
_REFUSED: Final = Sentence("Yang akan ditolak {policy}", "What {policy} would refuse")
_NONE_REFUSED: Final = Sentence("Tidak ada yang akan ditolak {policy}.", "{policy} would refuse nothing.")
_OPERATORS: Final = Sentence("Yang ditolak, menurut operator", "Refused, by operator")
_PURPOSES: Final = Sentence("Yang ditolak, menurut tujuan", "Refused, by purpose")
_SECTIONS: Final = Sentence("Yang ditolak, menurut bagian situs", "Refused, by section")
_NO_SECTION: Final = Sentence("di luar bagian mana pun", "in no section")
_NOT_TOLD: Final = Sentence("tidak diketahui", "not known")
_WELCOME: Final = Sentence(
    "Tamu yang disambut (pembaca, mesin pencari, umpan, pratinjau, iklan, arsip, pemantau): tidak satu pun ditolak.",
    "Welcome clients (readers, search, feeds, previews, ads, archives, monitors): none would be refused.",
)
_TOUCHED: Final = Sentence(
    "PERHATIAN: tamu yang disambut akan ditolak: {requests} permintaan",
    "ATTENTION: welcome clients would be refused: {requests} {requests:request/requests}",
)
_CHANGED: Final = Sentence("Dari {before} ke {after}", "From {before} to {after}")
_UNCHANGED: Final = Sentence(
    "Dari {before} ke {after}: tidak ada putusan yang berubah.",
    "From {before} to {after}: no verdict changes.",
)
_CHANGE: Final = Sentence(
    "{who}: {requests} permintaan yang semula {before} menjadi {after}",
    "{who}: {requests} {requests:request that was/requests that were} {before} would be {after}",
)
_RECORDED: Final = Sentence("yang tercatat", "what was recorded")
_MORE: Final = Sentence("… dan {count} lainnya", "… and {count} more")
_VERDICTS: Final = {
    Verdict.ALLOW: Sentence("dilayani", "served"),
    Verdict.LICENSE: Sentence("ditawari lisensi", "offered a license"),
    Verdict.DENY: Sentence("ditolak", "refused"),
}


def as_object(account: Account, trial: Trial, other: Trial | None) -> dict[str, Any]:
    """Everything, for programs."""
    return {
        "policy": trial.policy.digest,
        "against": None if other is None else other.policy.digest,
        "requests": account.requests,
        "malformed": account.malformed,
        "unreplayable": account.unreplayable,
        "elsewhere": account.elsewhere.requests,
        "faulty": account.faulty.requests,
        "from": None if account.first is None else rfc3339(account.first),
        "until": None if account.last is None else rfc3339(account.last),
        "bytes": total([row for _, row in account.clients]).octets,
        "clients": [_client(who) | _sum(row) for who, row in account.clients],
        "refused": [_refusal(refusal) | _sum(row) for refusal, row in account.refused],
        "refused_by": {
            "operator": [{"operator": key} | _sum(row) for key, row in _by_operator(account)],
            "purpose": [{"purpose": key} | _sum(row) for key, row in _by_purpose(account)],
            "section": [{"section": key} | _sum(row) for key, row in account.sections],
        },
        "welcome_refused": [_refusal(refusal) | _sum(row) for refusal, row in account.welcome_refused],
        "changed": account.changes.total(),
        "changes": [
            {**change._asdict(), "requests": requests} for change, requests in account.changes.most_common()
        ],
    }


def lines(
    account: Account,
    policies: tuple[str, str | None],
    trial: Trial,
    language: Language,
    columns: int,
    *,
    journals: bool,
) -> Iterator[str]:
    """The account in plain words. ``policies`` are the folders as they were given."""
    return _Speaker(account, policies, trial, language, columns).lines(journals)


def _client(who: Who) -> dict[str, Any]:
    return who._asdict()


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {**refusal.who._asdict(), "verdict": refusal.verdict, "rule": refusal.rule}


def _sum(row: Sum) -> dict[str, int]:
    return {"requests": row.requests, "bytes": row.octets}


def _by_operator(account: Account) -> list[tuple[str | None, Sum]]:
    return _grouped((refusal.who.operator, row) for refusal, row in account.refused)


def _by_purpose(account: Account) -> list[tuple[str | None, Sum]]:
    return _grouped(
        (refusal.who.purpose.value if refusal.who.purpose else None, row) for refusal, row in account.refused
    )


def _grouped(rows: Iterable[tuple[K, Sum]]) -> list[tuple[K, Sum]]:
    found: dict[K, list[Sum]] = defaultdict(list)
    for key, row in rows:
        found[key].append(row)
    return sorted(((key, total(every)) for key, every in found.items()), key=lambda row: -row[1].requests)


class _Speaker:
    def __init__(
        self,
        account: Account,
        policies: tuple[str, str | None],
        trial: Trial,
        language: Language,
        columns: int,
    ) -> None:
        self._account = account
        self._first = f"`{safe(policies[0])}`"
        self._second = None if policies[1] is None else f"`{safe(policies[1])}`"
        self._zone = trial.policy.zone
        self._language = language
        self._columns = columns
        self._colour = coloured()

    def lines(self, journals: bool) -> Iterator[str]:
        account = self._account
        yield self._period()
        for name, sentence in _ASIDE.items():
            value = getattr(account, name)
            requests = value if isinstance(value, int) else value.requests
            if requests:
                yield f"  {requests:>12,}  {self._say(sentence)}"
        yield from self._table(_CAME, _grouped((self._group(who), row) for who, row in account.clients))
        yield ""
        if account.refused:
            yield self._title(_REFUSED, policy=self._first)
            yield from self._rows([(self._refusal(refusal), row) for refusal, row in account.refused])
            unknown = self._say(_NOT_TOLD)
            yield from self._table(_OPERATORS, [(key or unknown, row) for key, row in _by_operator(account)])
            purposes = _grouped((self._group(refusal.who), row) for refusal, row in account.refused)
            yield from self._table(_PURPOSES, purposes)
            outside = self._say(_NO_SECTION)
            yield from self._table(_SECTIONS, [(key or outside, row) for key, row in account.sections])
        else:
            yield self._say(_NONE_REFUSED).format(policy=self._first)
        yield ""
        yield from self._welcome()
        if journals or self._second is not None:
            yield ""
            yield from self._changes()

    def _period(self) -> str:
        account = self._account
        if account.first is None or account.last is None:
            return self._say(_COUNTED).format(requests=self._language.number(0))
        first, last = (utc(at).astimezone(self._zone) for at in (account.first, account.last))
        return self._say(_PERIOD).format(
            requests=self._language.number(account.requests),
            first=f"{first:%Y-%m-%d %H:%M}",
            last=f"{last:%Y-%m-%d %H:%M}",
            zone=self._zone.key,
        )

    def _welcome(self) -> Iterator[str]:
        touched = self._account.welcome_refused
        if not touched:
            for line in wrap(self._say(_WELCOME), self._columns):
                yield paint(line, "green", on=self._colour)
            return
        requests = total([row for _, row in touched]).requests
        yield paint(
            self._say(_TOUCHED).format(requests=self._language.number(requests)), "red", on=self._colour
        )
        yield from self._rows([(self._refusal(refusal), row) for refusal, row in touched])

    def _changes(self) -> Iterator[str]:
        before = self._first if self._second else self._say(_RECORDED)
        names = {"before": before, "after": self._second or self._first}
        changes = self._account.changes.most_common()
        if not changes:
            yield self._say(_UNCHANGED).format(**names)
            return
        yield self._title(_CHANGED, **names)
        for change, requests in changes[:_TOP]:
            text = self._change(change, requests)
            yield from wrap(text, self._columns, initial_indent="  ", subsequent_indent="    ")
        if len(changes) > _TOP:
            yield f"  {self._say(_MORE).format(count=len(changes) - _TOP)}"

    def _change(self, change: Change, requests: int) -> str:
        who = change.agent or self._say(KINDS[Kind.PEOPLE])
        if change.operator:
            who = f"{who} ({change.operator})"
        before, after = (self._say(_VERDICTS[Verdict(one)]) for one in (change.before, change.after))
        return safe(
            self._say(_CHANGE).format(
                who=who, requests=self._language.number(requests), before=before, after=after
            )
        )

    def _group(self, who: Who) -> str:
        """People, a purpose, or what kind of client it is."""
        name = self._say(PURPOSES[who.purpose]) if who.purpose else self._say(KINDS[who.kind])
        return name if who.kind is not Kind.AGENTS or who.purpose else f"{name}, {self._say(_NOT_TOLD)}"

    def _refusal(self, refusal: Refusal) -> str:
        who = refusal.who.agent or self._say(KINDS[refusal.who.kind])
        name = f"{who} ({refusal.who.operator})" if refusal.who.operator else who
        return f"{name}: {self._say(_VERDICTS[refusal.verdict])}, {refusal.rule}"

    def _table(self, title: Sentence, rows: list[tuple[str, Sum]]) -> Iterator[str]:
        yield ""
        yield self._title(title)
        yield from self._rows(rows)

    def _rows(self, rows: list[tuple[str, Sum]]) -> Iterator[str]:
        for label, row in rows[:_TOP]:
            size = octets(row.octets) if row.octets else ""
            yield f"  {fit(label, self._columns - 27)}  {self._language.number(row.requests):>11}  {size:>9}".rstrip()
        if len(rows) > _TOP:
            yield f"  {self._say(_MORE).format(count=len(rows) - _TOP)}"

    def _title(self, sentence: Sentence, **names: str) -> str:
        return paint(self._say(sentence).format(**names), "bold", on=self._colour)

    def _say(self, sentence: Sentence) -> str:
        return sentence.said(self._language)


def octets(count: int) -> str:
    """A number of octets in the unit that gives three or four digits, decimal as disks and transfers are sold."""
    size, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.0f} {units[0]}" if units[0] == "B" or size >= 100 else f"{size:.1f} {units[0]}"
