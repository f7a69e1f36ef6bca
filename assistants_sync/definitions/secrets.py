"""Secrets in definitions: sealed as soon as they are read, bound only when a plan needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistants_sync.definitions.faults import Faults
from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address, kind_of
from assistants_sync.model.definition import Definition, Desired
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import Body, FieldPath, Lookup, Ref, Secret, Value, has_secret
from assistants_sync.resources import KINDS
from assistants_sync.resources.essence import seal
from assistants_sync.resources.kind import Kind


def seal_unbound(kind: Kind, body: Body) -> dict[str, Value]:
    """Seal a body whose `!secret`s have no value yet; each keeps its name and its place.

    A part that is secret as a whole becomes one `Secret` only once what is in it is bound.
    """
    sealed = seal(kind, body)
    if not has_secret(body):
        return sealed
    return {key: _keep_unbound(value, sealed[key]) for key, value in body.items()}


def _keep_unbound(written: Value, sealed: Value) -> Value:
    match written, sealed:
        case Secret(), _:
            return written
        case ((Mapping() | Sequence()), Secret()) if has_secret(written):
            return _each_sealed(written)
        case Mapping(), Mapping():
            return {key: _keep_unbound(each, sealed[key]) for key, each in written.items()}
        case str(), _:
            return sealed
        case Sequence(), Sequence():
            return [
                _keep_unbound(each, closed) for each, closed in zip(written, sealed, strict=True)
            ]
        case _:
            return sealed


def _each_sealed(value: Value) -> Value:
    match value:
        case None | Secret() | Ref() | Lookup():
            return value
        case bool() | int() | float() | str():
            return Secret(value)
        case Mapping():
            return {key: _each_sealed(each) for key, each in value.items()}
        case Sequence():
            return [_each_sealed(each) for each in value]


def bind_secrets(desired: Desired, environ: Mapping[str, str]) -> Desired:
    """Give the definitions with every `!secret` bound to its variable in `environ`.

    Raises:
        DefinitionError: variables are missing or empty; it carries one fault for each, at the
            first place that needs it.
    """
    uses: dict[str, list[Diagnostic]] = {}
    bound = {
        address: _bind(definition, environ, uses) if any(definition.secrets) else definition
        for address, definition in desired.definitions.items()
    }
    faults = Faults()
    for name, missing in uses.items():
        count = f"; {len(missing)} values need it" if len(missing) > 1 else ""
        faults.extend([replace(missing[0], detail=f"`{name}` is missing or empty{count}")])
    faults.check()
    return replace(desired, definitions=bound)


def bind_known(desired: Desired, environ: Mapping[str, str]) -> Desired:
    """Give the definitions with every `!secret` bound whose variable is set; others stay unread."""
    bound = {}
    for address, each in desired.definitions.items():
        body = _bound_body(each, environ, {})
        bound[address] = replace(each, body=seal_unbound(KINDS[kind_of(address)], body))
    return replace(desired, definitions=bound)


def _bind(
    definition: Definition, environ: Mapping[str, str], uses: dict[str, list[Diagnostic]]
) -> Definition:
    body = _bound_body(definition, environ, uses)
    return replace(definition, body=seal(KINDS[kind_of(definition.address)], body))


def _bound_body(
    definition: Definition, environ: Mapping[str, str], uses: dict[str, list[Diagnostic]]
) -> dict[str, Value]:
    def bind(value: Value, path: FieldPath) -> Value:
        match value:
            case Secret(name=str(name)) if value.reveal() is None:
                if not environ.get(name):
                    fault = _missing(name, definition.place(path), definition.address)
                    uses.setdefault(name, []).append(fault)
                return Secret(environ.get(name) or None, name=name)
            case Mapping():
                return {key: bind(each, (*path, key)) for key, each in value.items()}
            case str():
                return value
            case Sequence():
                return [bind(each, (*path, str(index))) for index, each in enumerate(value)]
            case _:
                return value

    return {key: bind(value, (key,)) for key, value in definition.body.items()}


def _missing(name: str, where: SourceRef, address: Address) -> Diagnostic:
    return Diagnostic(
        DefinitionError.code,
        "Secret not set",
        where=where,
        address=address,
        hint=f"set the environment variable {name} where this runs",
    )
