"""What `izin audit show --replay` says: whether a decision, made again, comes out as it was recorded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from gateway.audit.account import Line
from gateway.audit.index import Index
from gateway.audit.repeating import Repeating
from gateway.cli.entries import dumps
from gateway.instants import instant
from gateway.policy.kept import NotKept
from gateway.told.repeat import Difference
from gateway.vocabulary import Language, Sentence

_TITLE: Final = Sentence("Diulang", "Replayed")
_SAME: Final = Sentence(
    "sama persis, nilai demi nilai, menurut kebijakan, ketentuan, dan bukti pada saat itu",
    "the same, value for value, by the policy, terms and evidence of the time",
)
_DIFFERENT: Final = Sentence(
    "BERBEDA: {member} tercatat {recorded}, diulang menjadi {repeated}",
    "DIFFERENT: {member} was recorded as {recorded}, and comes out as {repeated}",
)
_NOT_KEPT: Final = Sentence("tidak dapat diulang: {why}", "cannot be replayed: {why}")


class Repeated(NamedTuple):
    """One decision made again; ``why`` says what it takes that is not there."""

    id: str
    differences: tuple[Difference, ...]
    why: Sentence | None

    @property
    def identical(self) -> bool:
        """Whether the same octets came out."""
        return self.why is None and not self.differences

    def as_object(self) -> dict[str, Any]:
        """Everything, for programs."""
        found = [one._asdict() for one in self.differences]
        return {
            "replay": {
                "of": self.id,
                "identical": self.identical,
                "unreplayable": None if self.why is None else self.why.en,
                "differences": found,
            }
        }

    def lines(self, language: Language) -> list[Line]:
        """The lines for people."""
        if self.why is not None:
            said = [_NOT_KEPT.filled(why=self.why).said(language)]
        elif not self.differences:
            said = [_SAME.said(language)]
        else:
            said = [
                _DIFFERENT.said(language).format(
                    member=one.member, recorded=dumps(one.recorded), repeated=dumps(one.repeated)
                )
                for one in self.differences
            ]
        return [(_TITLE.said(language) if not number else "", text) for number, text in enumerate(said)]


def repeat(index: Index, entries: Iterable[Mapping[str, Any]]) -> dict[str, Repeated]:
    """Each decision among the entries made again, by its id."""
    repeating, found = Repeating(index), {}
    for entry in entries:
        if entry["phase"] != "decision":
            continue
        differences: tuple[Difference, ...] = ()
        why = None
        try:
            differences = repeating.differences(entry, instant(datetime.fromisoformat(entry["time"])))
        except NotKept as error:
            why = error.why
        found[entry["id"]] = Repeated(entry["id"], differences, why)
    return found
