"""What people call the members of the closed sets: one name for each, on the refusal page, in the policy read aloud, in the
account of an entry and in the demonstration. Each stands after `untuk` or `for`, and in a list.
"""

from typing import Final

from gateway.vocabulary import Assurance, Kind, Purpose, Sentence

KINDS: Final[dict[Kind, Sentence]] = {
    Kind.PEOPLE: Sentence("pembaca", "a reader"),
    Kind.AGENTS: Sentence("perayap", "a crawler"),
    Kind.TOOLS: Sentence("perkakas", "a tool"),
    Kind.IMPOSTORS: Sentence("peniru", "an impostor"),
}

PURPOSES: Final[dict[Purpose, Sentence]] = {
    Purpose.AI_TRAIN: Sentence("pelatihan AI", "AI training"),
    Purpose.AI_INPUT: Sentence("jawaban AI", "AI answers"),
    Purpose.AI_INDEX: Sentence("indeks AI", "an AI index"),
    Purpose.SEARCH: Sentence("mesin pencari", "search engines"),
    Purpose.ADS: Sentence("iklan", "advertising"),
    Purpose.PREVIEW: Sentence("pratinjau tautan", "link previews"),
    Purpose.FEED: Sentence("umpan berita", "news feeds"),
    Purpose.ARCHIVE: Sentence("pengarsipan web", "web archives"),
    Purpose.SEO: Sentence("analisis SEO", "SEO analysis"),
    Purpose.MONITOR: Sentence("pemantauan situs", "site monitoring"),
    Purpose.SECURITY: Sentence("pemeriksaan keamanan", "security checks"),
    Purpose.DATASET: Sentence("kumpulan data", "datasets"),
    Purpose.ACADEMIC: Sentence("penelitian", "research"),
    Purpose.OTHER: Sentence("keperluan lain", "other purposes"),
}

ASSURANCES: Final[dict[Assurance, Sentence]] = {
    Assurance.ANONYMOUS: Sentence("tanpa klaim", "no claim"),
    Assurance.CLAIMED: Sentence("menurut pengakuannya sendiri", "by its own word"),
    Assurance.CORROBORATED: Sentence("dikuatkan bukti", "borne out by evidence"),
    Assurance.SIGNED: Sentence("terbukti dengan tanda tangan", "proved by a signature"),
    Assurance.CONTRADICTED: Sentence("terbantah", "contradicted"),
}

MONTHS: Final = (
    Sentence("Januari", "January"),
    Sentence("Februari", "February"),
    Sentence("Maret", "March"),
    Sentence("April", "April"),
    Sentence("Mei", "May"),
    Sentence("Juni", "June"),
    Sentence("Juli", "July"),
    Sentence("Agustus", "August"),
    Sentence("September", "September"),
    Sentence("Oktober", "October"),
    Sentence("November", "November"),
    Sentence("Desember", "December"),
)
