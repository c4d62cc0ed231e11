"""A policy's file as an editor sees it: scalars resolved by the core schema of YAML 1.2, which the readers never do."""

import re

from gateway.policy.source import Broken, Many, Node, Table, Text

_NULL = re.compile(r"|~|null|Null|NULL")
_TRUTH = re.compile(r"true|True|TRUE|false|False|FALSE")
_WHOLE = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ODD_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def value_of(node: Node):
    """What a validator is given."""
    match node:
        case Table(_, rows):
            return {key.text: value_of(value) for key, value in rows}
        case Many(_, items):
            return [value_of(item) for item in items]
        case Text(_, text, plain):
            return _scalar(text) if plain else text
        case Broken():
            raise AssertionError("this is no YAML")


def _scalar(text: str):
    if _NULL.fullmatch(text):
        return None
    if _TRUTH.fullmatch(text):
        return text.lower() == "true"
    if _WHOLE.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return 0.5 if _ODD_FLOAT.fullmatch(text) else text
