"""Write the tables of the manual that follow from the code: `make docs`; with `--check`, say what is out of date.

A table stands between `<!-- generated: NAME -->` and `<!-- end -->` in a page of docs/manual; all else on the page is
written by hand and left alone. What is generated is what would be wrong by tomorrow if it were written twice: the
commands and their options, the settings of `izin serve`, the keys of a policy, the reasons, the metrics, the addresses.
"""

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click

from docs import reference
from docs.reference import table
from gateway.cli import main as izin
from gateway.proxy.families import FAMILIES
from gateway.reasons import SENTENCES
from gateway.vocabulary import Language

MANUAL = Path(__file__).parent / "manual"
BLOCK = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands() -> str:
    """Every command with its usage, what it does, and its options."""
    return "\n".join(_section(command, context) for command, context in walk(izin, "izin"))


def settings() -> str:
    """Every option of `izin serve` that can stand in the environment or in the settings file."""
    rows = []
    for option in serve_settings():
        name, variables = option.opts[-1], _variables(option)
        in_file = "" if option.is_eager else name.removeprefix("--")  # the one that names the file
        rows.append((_code(name), _code(*variables), _code(in_file), _default(option), _help(option)))
    return table(("flag", "environment", "in the settings file", "default", "what it sets"), rows)


def reasons() -> str:
    """Every reason with its sentences; the Indonesian one governs."""
    rows = [(_code(reason.value), sentence.id, sentence.en) for reason, sentence in SENTENCES.items()]
    return table(("code", "Bahasa Indonesia", "English"), rows)


def metrics() -> str:
    """Every metric family with its labels, and where the manual tells more."""
    rows = []
    for name, family in FAMILIES.items():
        more = f"; [more]({family.page.removeprefix('watching.md')})" if family.page else ""
        rows.append((_code(name), _code(*family.labels), family.says + more))
    return table(("metric", "labels", "what it says"), rows)


#: What can stand between two markers.
BLOCKS: dict[str, Callable[[], str]] = {
    **{f"keys-{language}": partial(reference.keys, language) for language in Language},
    **{f"addresses-{language}": partial(reference.addresses, language) for language in Language},
    "commands": commands,
    "settings": settings,
    "reasons": reasons,
    "metrics": metrics,
}


def walk(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[click.Command, click.Context]]:
    """A command and all below it, each with the context that knows its full name."""
    context = click.Context(command, info_name=name, parent=parent)
    yield command, context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None, f"{context.command_path} lists {below} and does not have it"
            yield from walk(found, below, context)


def serve_settings() -> list[click.Option]:
    """The options of `izin serve` that have a variable, and so a place in the settings file."""
    serve = next(command for command, context in walk(izin, "izin") if context.command_path == "izin serve")
    return [option for option in serve.params if isinstance(option, click.Option) and option.envvar]


def written_anew(page: str) -> str:
    """A page with each of its generated blocks as the code has it now."""
    return BLOCK.sub(lambda block: f"{block[1]}\n{BLOCKS[block['name']]()}\n{block[3]}", page)


def _section(command: click.Command, context: click.Context) -> str:
    depth = "#" * (1 + context.command_path.count(" ") + (context.parent is None))
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [
        f"{depth} `{context.command_path}`",
        "",
        "```text",
        usage,
        "```",
        "",
        _plain(command.help or ""),
        "",
    ]
    rows = [
        (_flags(option), _code(*_variables(option)), _default(option), _help(option))
        for option in _options(command)
    ]
    if rows:
        lines += [table(("option", "environment", "default", "what it does"), rows)]
    return "\n".join(lines)


def _options(command: click.Command) -> list[click.Option]:
    return [option for option in command.params if isinstance(option, click.Option) and not option.hidden]


def _flags(option: click.Option) -> str:
    text = _code(*option.opts, *option.secondary_opts)
    takes_value = not (option.is_flag or option.count)
    return text + (f" `{option.make_metavar(click.Context(click.Command('x')))}`" if takes_value else "")


def _variables(option: click.Option) -> list[str]:
    variables = option.envvar or []
    return [variables] if isinstance(variables, str) else list(variables)


def _default(option: click.Option) -> str:
    if isinstance(option.show_default, str):  # said in words, where it depends on the machine
        return option.show_default
    default = option.to_info_dict()["default"]
    if option.required:
        return "required"
    if default in (None, False, (), []) or callable(default):
        return ""
    return "yes" if default is True else _code(str(default))


def _help(option: click.Option) -> str:
    """What the option does; its variable, named at the end for the terminal, has a column of its own."""
    return re.sub(r"\s*\[env: [^\]]*\]$", "", _plain(option.help or ""))


def _plain(text: str) -> str:
    """Help text as click folds it: one paragraph a line, `\\b` marks gone."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\b", "").strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _code(*words: str) -> str:
    return ", ".join(f"`{word}`" for word in words if word)


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` only name those that would change: exit 1 if there are any."""
    stale = []
    for path in sorted(MANUAL.rglob("*.md")):
        page = path.read_text("utf-8")
        if (new := written_anew(page)) != page:
            stale.append(path.relative_to(MANUAL))
            if "--check" not in arguments:
                path.write_text(new, "utf-8")
    for name in stale:
        print(f"docs/manual/{name} {'is out of date' if '--check' in arguments else 'written anew'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
