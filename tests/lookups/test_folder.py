"""A policy folder is read as one moment had it, and nothing outside of it is ever read."""

import os
from pathlib import Path

import pytest

from gateway.lookups import folder
from gateway.lookups.folder import MAX_FILES, load, read_folder
from gateway.policy.place import PolicyError
from gateway.policy.source import MAX_OCTETS
from tests.policy.cases import TESTS, read_case


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    for name, octets in read_case(TESTS / "good" / "license.txt").files.items():
        path = tmp_path / "policy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    return tmp_path / "policy"


def refused(path: Path) -> str:
    with pytest.raises(PolicyError) as caught:
        load(path)
    return str(caught.value)


def test_a_folder_is_read_by_the_names_in_it(policy: Path):
    assert read_folder(policy).keys() == {"site.yaml", "licenses/contoh-2026.yaml"}
    assert load(policy).licenses[0].id == "contoh-2026"


def test_only_yaml_files_are_read_and_no_hidden_ones_or_examples(policy: Path):
    for name in (
        "README.md",
        ".draft.yaml",
        ".keys/a.yaml",
        "tests/a.yaml",
        "licenses/.a.yaml",
        "rules.yaml~",
    ):
        (policy / name).parent.mkdir(exist_ok=True)
        (policy / name).write_text("x: [")
    assert read_folder(policy).keys() == {"site.yaml", "licenses/contoh-2026.yaml"}


def test_a_file_of_another_name_is_a_problem_not_silence(policy: Path):
    (policy / "rule.yaml").write_text("rules: []")
    assert (
        "rule.yaml:1:1: `rule.yaml` is no file of a policy\n    hint: did you mean `rules.yaml`?"
        in refused(policy)
    )


def test_links_within_the_folder_are_followed(policy: Path):
    # As Kubernetes mounts a ConfigMap: ..data leads to a dated folder, each file leads through ..data.
    dated = policy / "..2026_11_24"
    dated.mkdir()
    (policy / "site.yaml").rename(dated / "site.yaml")
    (policy / "..data").symlink_to(dated.name)
    (policy / "site.yaml").symlink_to("..data/site.yaml")
    assert load(policy).site == "antara"


def test_links_out_of_the_folder_are_refused(policy: Path, tmp_path: Path):
    (tmp_path / "secret.yaml").write_text("rules: []")
    (policy / "rules.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "a.yaml").write_text("operator: A")
    (policy / "agents").symlink_to(tmp_path / "agents")
    text = refused(policy)
    assert "rules.yaml:1:1: the file cannot be read: it is a link that leads out of the folder" in text
    assert "agents/a.yaml:1:1: the file cannot be read: it is a link that leads out of the folder" in text


def test_a_named_pipe_does_not_block(policy: Path):
    os.mkfifo(policy / "rules.yaml")
    assert "rules.yaml:1:1: the file cannot be read: it is not a regular file" in refused(policy)


def test_a_dangling_link_and_a_folder_in_place_of_a_file(policy: Path):
    (policy / "rules.yaml").symlink_to("nowhere")
    assert "rules.yaml:1:1: the file cannot be read: no such file or directory" in refused(policy)


def test_a_file_that_is_too_large_is_not_read_whole(policy: Path):
    (policy / "rules.yaml").write_bytes(b"#" * (MAX_OCTETS + 100))
    assert len(read_folder(policy)["rules.yaml"]) == MAX_OCTETS + 1
    assert "rules.yaml:1:1: the file is larger than 1024 KiB" in refused(policy)


def test_too_many_files(policy: Path):
    for number in range(MAX_FILES):
        (policy / "licenses" / f"l{number}.yaml").write_text("")
    assert f"the folder has more than {MAX_FILES} files" in refused(policy)


def test_what_is_no_folder(tmp_path: Path, policy: Path):
    assert "does not exist" in refused(tmp_path / "nowhere")
    text = refused(policy / "site.yaml")
    assert "is a file, not a folder" in text
    assert f"hint: the folder of a policy is meant: `{policy}`" in text


def test_it_is_read_until_two_reads_agree(policy: Path, monkeypatch: pytest.MonkeyPatch):
    real, reads = folder._read_once, []

    def while_it_is_saved(path: Path) -> dict[str, bytes]:
        if len(reads) < 3:  # an editor that saves several files one after another
            (path / "rules.yaml").write_text(f"rules: [] # {len(reads)}")
        reads.append(real(path))
        return reads[-1]

    monkeypatch.setattr(folder, "_read_once", while_it_is_saved)
    monkeypatch.setattr(folder, "_PAUSE", 0)
    assert read_folder(policy) == reads[-1] == reads[-2]
    assert len(reads) == 4
    assert reads[-1]["rules.yaml"] == b"rules: [] # 2"


def test_a_folder_that_never_rests_is_refused(policy: Path, monkeypatch: pytest.MonkeyPatch):
    real, reads = folder._read_once, []

    def restless(path: Path) -> dict[str, bytes]:
        reads.append(1)
        (path / "rules.yaml").write_text(f"rules: [] # {len(reads)}")
        return real(path)

    monkeypatch.setattr(folder, "_read_once", restless)
    monkeypatch.setattr(folder, "_PAUSE", 0)
    assert "the folder keeps changing while it is read" in refused(policy)


def test_texts_beside_site_yaml_are_read_for_a_robots_txt_and_never_in_the_way(policy: Path):
    outside = policy.parent / "outside.txt"
    outside.write_text("User-agent: *\nDisallow: /\n")
    for name in ("robots.txt", "licenses/a.txt", ".b.txt"):
        (policy / name).write_text("User-agent: *\n")
    for name in ("out.txt", "gone.txt"):
        (policy / name).symlink_to(outside if name == "out.txt" else policy / "nowhere")
    os.mkfifo(policy / "pipe.txt")
    assert read_folder(policy).keys() == {"site.yaml", "licenses/contoh-2026.yaml", "robots.txt"}
    load(policy)
    site = (policy / "site.yaml").read_text()
    for name in ("out.txt", "gone.txt", "pipe.txt"):
        (policy / "site.yaml").write_text(f"{site}robots: {{from: file, file: {name}}}\n")
        assert f"there is no file `{name}` that can be read" in refused(policy)
    (policy / "site.yaml").write_text(f"{site}robots: {{from: file, file: robots.txt}}\n")
    assert load(policy).hosts[0].robots_file is not None


def test_a_changed_robots_txt_is_a_change_and_a_dangling_link_hides_none(policy: Path):
    (policy / "gone.txt").symlink_to(policy / "nowhere")
    (policy / "robots.txt").write_text("User-agent: *\n")
    watched = folder.PolicyFolder(policy)
    watched.load()
    assert not watched.changed()
    (policy / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    watched.changed()
    assert watched.changed()
