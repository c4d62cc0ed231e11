"""The policy read aloud: every default is said, and nothing that is in force is left out."""

from pathlib import Path

import pytest

from gateway.agents import catalogue
from gateway.policy import license_wording, wording
from gateway.policy.compile import compile_policy
from gateway.policy.sentences import chapters
from gateway.vocabulary import Kind, Language, Mode, Sentence, Use, Verdict
from tests.policy.cases import TESTS, compiled, read_case

GOOD = sorted((TESTS / "good").glob("*.txt"))


def said(name: str, language: Language = Language.ID) -> str:
    policy = compiled(read_case(TESTS / "good" / f"{name}.txt").files)
    told = chapters(policy, language)
    return "\n".join([line for chapter in told for line in (chapter.title, *chapter.sentences)])


def test_defaults_are_said_aloud():
    text = said("least")
    assert "Perkakas dan perayap yang tidak dikenal dibolehkan, dicatat," in text
    assert "Pengambilan isi untuk pelatihan AI dilarang tanpa izin tertulis (`uses.ai-train`)." in text
    assert "Pengambilan isi untuk mesin pencari tidak dilarang." in text
    assert "Tidak ada aturan khusus." in text
    assert "Belum ada izin tertulis yang diberikan." in text
    assert "“Dilarang keras mengambil konten untuk AI”" in text


def test_what_was_left_unsaid_is_said():
    assert "Nothing is said about indexing for AI, so taking content for it is allowed." in said(
        "uses-unsaid", Language.EN
    )


def test_a_license_is_read_out_with_its_days_in_words():
    text = said("license")
    assert "PT Contoh AI memegang izin tertulis `contoh-2026` untuk pelatihan AI, melalui GPTBot" in text
    assert "mulai 5 Januari 2026 sampai dengan 4 Januari 2027, menurut waktu Asia/Jakarta." in text
    assert "kecuali halaman di /berita/foto/" in text
    assert "Dasarnya kontrak nomor ANT/1, ditandatangani 5 Januari 2026." in text
    assert "from 5 January 2026 until 4 January 2027, both days included" in said("license", Language.EN)


def test_a_license_is_read_out_whole_as_a_contract_would_put_it():
    text = said("license-whole", Language.EN)
    for part in (
        "Its holder is known by the network addresses 192.0.2.0/24 and also a license token",
        "Only articles that are 1 day 12 hours old, by `x-published` in the site's answer, are given",
        "Withdrawn from it: /berita/1 and /berita/*/ditarik.",
        "The source is named so: ANTARA, dengan tautan ke artikelnya.",
        "Its price: Rp 12.500.000 (dua belas juta lima ratus ribu rupiah) setiap bulan.",
        "Approved by Direktur Komersial, 2026-01-05.",
    ):
        assert part in text
    assert "yang sudah berumur 1 hari 12 jam, menurut `x-published`" in said("license-whole")


def test_hosts_that_differ_are_spoken_of_apart():
    text = said("hosts-differ", Language.EN)
    assert "Uses by machines, on www.antara.example\n" in text
    assert "Uses by machines, on every name below antara.example\n" in text
    assert "The policy is only observed" in text
    assert "Crawlers for SEO analysis must not take pages under /photo/" in text


def test_names_are_read_as_the_catalogue_writes_them():
    assert "Crawlers of PT Contoh AI must not take" in said("agents", Language.EN)
    assert "The crawler GPTBot may take pages under /terbuka/" in said("reopening-subject", Language.EN)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", list(Language))
def test_every_rule_and_license_is_read_out(path: Path, language: Language):
    policy = compile_policy(read_case(path).files, catalogue())
    text = "\n".join(sentence for chapter in chapters(policy, language) for sentence in chapter.sentences)
    for rule in (rule for host in policy.hosts for rule in host.rules):
        assert f"`{rule.id}`" in text
    for license in policy.licenses:
        assert f"`{license.id}`" in text
    assert "{" not in text
    assert all(line.endswith((".", "”")) for line in text.splitlines())


def test_every_word_of_the_vocabulary_has_its_wording():
    assert set(Use) == wording.USES.keys()
    assert set(Verdict) == wording.RULES.keys() == wording.USE_SAID.keys()
    assert set(Mode) == wording.MODES.keys()
    assert {"everyone", "unknown", *(f"kind:{kind}" for kind in Kind)} == wording.WHO.keys()


def spoken(table):
    """The sentences of a table, however deep."""
    if isinstance(table, Sentence):
        return [table]
    rows = table.values() if isinstance(table, dict) else table
    return [one for row in rows for one in spoken(row)]


def test_both_languages_name_the_same_things():
    tables = [
        value for its in (wording, license_wording) for name, value in vars(its).items() if name.isupper()
    ]
    sentences = [one for table in tables for one in spoken(table)]
    assert len(sentences) > 50
    for one in sentences:
        fields = [{part.partition("}")[0] for part in text.split("{")[1:]} for text in one]
        assert fields[0] == fields[1], one
