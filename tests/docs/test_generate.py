"""The manual's tables, generated from a small command of our own."""

import click

from docs import generate


@click.group()
def group():
    """Serves a pie."""


@group.command()
@click.argument("pies", nargs=-1, required=True)
@click.option(
    "--oven", "-o", envvar="PIE_OVEN", default="127.0.0.1:80", help="Where | how to bake. [env: PIE_OVEN]"
)
@click.option("--mode", type=click.Choice(["hot", "cold"]), required=True, help="How warm.")
@click.option("--once/--again", default=False, help="Bake once.")
@click.option("--for", "period", metavar="TIME", show_default="for good", help="How\n    long.")
@click.option("--secret", hidden=True)
def bake(**_):
    """Bake PIES.

    \b
    One line.
    Two lines.
    """


def test_a_command_has_a_section_with_usage_help_and_options():
    sections = [generate._section(command, context) for command, context in generate.walk(group, "pie")]
    assert sections[0] == "## `pie`\n\n```text\npie [OPTIONS] COMMAND [ARGS]...\n```\n\nServes a pie.\n"
    assert sections[1] == (
        "## `pie bake`\n\n```text\npie bake [OPTIONS] PIES...\n```\n\nBake PIES.\n\nOne line. Two lines.\n\n"
        "| option | environment | default | what it does |\n"
        "| --- | --- | --- | --- |\n"
        "| `--oven`, `-o` `TEXT` | `PIE_OVEN` | `127.0.0.1:80` | Where \\| how to bake. |\n"
        "| `--mode` `[hot\\|cold]` |  | required | How warm. |\n"
        "| `--once`, `--again` |  |  | Bake once. |\n"
        "| `--for` `TIME` |  | for good | How long. |\n"
    )


def test_only_what_stands_between_the_marks_is_written_anew():
    page = "Before.\n<!-- generated: reasons -->\nold\n<!-- end -->\nAfter.\n"
    new = generate.written_anew(page)
    assert new.startswith("Before.\n<!-- generated: reasons -->\n\n| code |")
    assert new.endswith("\n\n<!-- end -->\nAfter.\n")
    assert "\nold\n" not in new
    assert generate.written_anew(new) == new


def test_main_writes_or_only_tells(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "MANUAL", tmp_path)
    page = tmp_path / "reasons.md"
    page.write_text("<!-- generated: reasons -->\n<!-- end -->\n")
    assert generate.main(["--check"]) == 1
    assert "docs/manual/reasons.md is out of date" in capsys.readouterr().out
    assert generate.main([]) == 0
    assert "`own-document`" in page.read_text()
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().out == "docs/manual/reasons.md written anew\n"
