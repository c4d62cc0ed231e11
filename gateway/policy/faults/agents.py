"""A file of agents, of the site or of the catalogue."""

from typing import Final

from gateway.policy.place import Fault
from gateway.vocabulary import Sentence

AN_AGENT: Final = Sentence("perayap", "an agent")

TWICE: Final = Fault("perayap `{name}` diuraikan dua kali", "the agent `{name}` is described twice")
MISSING: Final = Fault("`{key}` dari `{name}` tidak ada", "`{key}` of `{name}` is missing")
CANNOT_BE: Final = Fault("perayap `{name}` tidak mungkin: {why}", "the agent `{name}` cannot be: {why}")
NO_DIRECTORY: Final = Fault(
    "`{text}` bukan alamat direktori kunci",
    "`{text}` is no address of a key directory",
    "misalnya `https://contoh.example`, atau alamat https dari sekumpulan kunci",
    "such as `https://contoh.example`, or the https address of a set of keys",
)
