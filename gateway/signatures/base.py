"""The signature base of a request (RFC 9421 section 2.5): one line for each component that is covered."""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.request import Request
from gateway.signatures.agent import NAME, SignatureAgent
from gateway.signatures.fields import Component, Signature
from gateway.signatures.outcome import Cause, SignatureError

_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}


def base_of(signature: Signature, request: Request, agent: SignatureAgent | None) -> bytes:
    """What was signed, if the request is the one that was signed. SignatureError where that cannot be said."""
    lines, seen = [], set()
    fields: Mapping[str, str] = request.fields
    if any(one.name not in fields and not one.name.startswith("@") for one in signature.components):
        fields = {**field_values(request.lines), **fields}
    for component in signature.components:
        if component.identifier in seen:
            raise SignatureError(Cause.DUPLICATE_COMPONENT)
        seen.add(component.identifier)
        lines.append(f"{component.identifier}: {_value(component, request, fields, agent)}")
    return base_from(lines, signature)


def base_from(lines: list[str], signature: Signature) -> bytes:
    """The lines of the components and that of the parameters, as octets. SignatureError if they are not all ASCII."""
    text = "\n".join([*lines, f'"@signature-params": {signature.line}'])
    if not text.isascii():
        raise SignatureError(Cause.COMPONENT_UNSUPPORTED)
    return text.encode("ascii")


def _value(
    component: Component, request: Request, fields: Mapping[str, str], agent: SignatureAgent | None
) -> str:
    name = component.name
    if name == NAME:
        return _agent(component, request, agent)
    if component.parameters:
        raise SignatureError(Cause.COMPONENT_UNSUPPORTED)
    if name.startswith("@"):
        return _derived(name, request)
    if name not in fields:
        raise SignatureError(Cause.MISSING_COMPONENT)
    return fields[name]


def _agent(component: Component, request: Request, agent: SignatureAgent | None) -> str:
    """The whole field as it was sent, or one member written anew."""
    raw = request.fields.get(NAME)
    if raw is None:
        raise SignatureError(Cause.MISSING_COMPONENT)
    if not component.parameters:
        return raw
    if component.parameters.keys() != {"key"}:
        raise SignatureError(Cause.COMPONENT_UNSUPPORTED)
    key = component.parameters["key"]
    member = agent.members.get(key) if agent is not None and type(key) is str else None
    if member is None:
        raise SignatureError(Cause.MISSING_COMPONENT)
    return member.canonical


def _derived(name: str, request: Request) -> str:
    """The value of a derived component (RFC 9421 section 2.2); what cannot be rebuilt with certainty is not guessed."""
    if name == "@authority":
        return authority_of(request)
    if name == "@method":
        return request.method
    target = request.target
    if target is not None:
        path, mark, query = target.raw.decode("latin-1").partition("?")
        if name == "@path":
            return path or "/"
        if name == "@query":
            return f"?{query}"
        if name == "@target-uri":
            return f"{request.scheme}://{request.authority}{path or '/'}{mark}{query}"
    if name == "@scheme":
        return request.scheme
    raise SignatureError(Cause.COMPONENT_UNSUPPORTED)


def authority_of(request: Request) -> str:
    """The authority as the client named it, in lower case and without the port that its scheme has anyway."""
    return request.authority.removesuffix(_DEFAULT_PORTS.get(request.scheme, "\n"))


def field_values(lines: Sequence[bytes]) -> dict[str, str]:
    """The values of ordinary fields (RFC 9421 section 2.1) by their names in lower case: every line of each, joined."""
    found: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            found.setdefault(name.lower(), []).append(value.strip(" \t\r\n"))
    return {name: ", ".join(values) for name, values in found.items()}
