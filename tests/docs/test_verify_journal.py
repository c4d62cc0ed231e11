"""The program with which a journal is verified when Izin is long gone: it says what the gateway's own verification says."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.audit.texts import Texts
from gateway.digest import digest_of
from gateway.seal.report import Outcome
from tests.audit.test_verification import GOLDEN, TEXT, at_seq, rewrite, segments, write
from tests.audit.test_verification import verify as verified

DOCS = Path(__file__).parents[2] / "docs"
PROGRAMS = ("izin-verify.py", "izin-verify-journal.py")
SEALED = sorted(path for path in GOLDEN.glob("journal-v*") if (path / "checkpoints").exists())


@pytest.fixture(scope="module")
def program():
    spec = importlib.util.spec_from_file_location("izin_verify_journal", DOCS / PROGRAMS[1])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "journal"
    for _ in range(2):
        write(folder, 70)
        Texts(folder).keep({digest_of(TEXT): TEXT})
    return folder


@pytest.fixture
def journal(sound, tmp_path):
    return Path(shutil.copytree(sound, tmp_path / "journal"))


def check(program, folder, key=None, anchors=()):
    return program.check(str(folder), key, [str(one) for one in anchors], lambda name, *_: name)


def test_the_folder_and_the_programs_are_all_that_is_needed(journal, tmp_path):
    kept = shutil.copy(journal / "seal/checkpoint", tmp_path / "kept")
    key = shutil.move(journal / "public.vkey", tmp_path / "public.vkey")
    for name in PROGRAMS:
        text = (DOCS / name).read_text("utf-8")
        assert "import gateway" not in text
        assert "from gateway" not in text
        shutil.copy(DOCS / name, tmp_path)
    words = [sys.executable, tmp_path / PROGRAMS[1], journal, "--key", key, "--anchor", kept, "--lang", "id"]
    ran = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30, cwd=tmp_path)
    assert ran.stdout.startswith(
        "VALID: jurnal ini seperti ketika disegel\n  jurnal izin/s/l: 146 entri dalam 2 segmen"
    )
    assert "PERHATIAN" not in ran.stdout
    assert (
        subprocess.run([*words[:2], tmp_path], capture_output=True, timeout=30, check=False).returncode == 2
    )


@pytest.mark.parametrize("folder", SEALED, ids=lambda folder: folder.name)
def test_it_says_of_each_version_what_the_gateway_says(program, folder):
    _, missing = check(program, folder)
    assert (verified(folder).outcome is Outcome.INCOMPLETE) == missing
    assert verified(folder).outcome is not Outcome.BROKEN


def test_what_is_not_there_is_missing(program, journal):
    (journal / "texts" / digest_of(TEXT).removeprefix("sha256:")).unlink()
    lines, missing = check(program, journal)
    assert missing
    assert "missing" in lines


def harm_entry(journal):
    rewrite(segments(journal)[0], at_seq(10, lambda before: before.replace(b"entry", b"other")))


def harm_octet(journal):
    path = segments(journal)[0]
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(octets)


def harm_text(journal):
    path = journal / "texts" / digest_of(TEXT).removeprefix("sha256:")
    path.chmod(0o640)
    path.write_bytes(b"Silakan.")


def harm_seal(journal):
    path = journal / "checkpoints"
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join([lines[0], str(int(lines[1]) - 1), *lines[2:]]), "utf-8")


HARMS = {
    "an entry written anew": harm_entry,
    "an octet": harm_octet,
    "a text": harm_text,
    "a seal": harm_seal,
    "the first segment": lambda journal: segments(journal)[0].unlink(),
    "the last segment": lambda journal: segments(journal)[-1].unlink(),
    "all seals": lambda journal: [(journal / name).unlink() for name in ("checkpoints", "seal/checkpoint")],
}


@pytest.mark.parametrize("harm", HARMS)
def test_whatever_is_changed_under_the_seal_shows(program, journal, harm):
    HARMS[harm](journal)
    with pytest.raises(program.Broken):
        check(program, journal)


def test_another_history_shows_by_the_key_and_by_what_was_kept(program, journal, tmp_path):
    other = tmp_path / "other"
    write(other, 20)
    check(program, other)
    with pytest.raises(program.Broken):
        check(program, other, key=(journal / "public.vkey").read_text("utf-8"))
    with pytest.raises(program.Broken):
        check(program, other, anchors=[journal / "checkpoints"])
