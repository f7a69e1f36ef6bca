"""A reader to the ids of things we do not own, which definitions ask for by name."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistants_sync.errors import DefinitionError
from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition, Desired
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.live import LiveObject
from assistants_sync.model.ports import ResourceReader
from assistants_sync.model.value import FieldPath, Lookup, Ref, with_ids


async def look_up(desired: Desired, reader: ResourceReader) -> Desired:
    """Give the definitions with the id of everything they look up; each kind is listed once.

    Raises:
        DefinitionError: a name fits nothing, or more than one; it carries one fault for each place.
        ApiError: a list could not be read.
        IncompleteReadError: a list could not be proved complete: the name might be there twice.
    """
    asked = [
        (definition, path, each)
        for definition in desired.definitions.values()
        for path, each in definition.ids
        if isinstance(each, Lookup)
    ]
    if not asked:
        return desired
    kinds = sorted({each.kind for _, _, each in asked})
    lists = await asyncio.gather(*(reader.list_all(kind) for kind in kinds))
    live = {kind: listing.objects for kind, listing in zip(kinds, lists, strict=True)}
    found = {each: _named(live[each.kind], each.name) for _, _, each in asked}
    faults = [
        _fault(definition, path, each, found[each])
        for definition, path, each in asked
        if len(found[each]) != 1
    ]
    if faults:
        raise DefinitionError(tuple(faults))
    ids: Mapping[Ref | Lookup, str] = {each: named[0].id for each, named in found.items()}
    return replace(
        desired,
        definitions={
            address: _with_ids(definition, ids)
            for address, definition in desired.definitions.items()
        },
    )


def _with_ids(definition: Definition, ids: Mapping[Ref | Lookup, str]) -> Definition:
    body = {key: with_ids(value, ids) for key, value in definition.body.items()}
    return replace(definition, body=body)


def _named(objects: Sequence[LiveObject], name: str) -> Sequence[LiveObject]:
    return [each for each in objects if name in (each.name, _function_name(each))]


def _function_name(live: LiveObject) -> str | None:
    """What a model calls a tool by: most tools have no other name.

    Source: the OpenAPI document of 2026-08-20, `CreateFunctionToolDTO.function.name`.
    """
    function = live.body.get("function")
    name = function.get("name") if isinstance(function, Mapping) else None
    return name if isinstance(name, str) else None


def _fault(
    definition: Definition, path: FieldPath, asked: Lookup, found: Sequence[LiveObject]
) -> Diagnostic:
    ids = ", ".join(sorted(each.id for each in found))
    return Diagnostic(
        DefinitionError.code,
        "More than one has this name" if found else "Nothing has this name",
        f"{len(found)} of kind {asked.kind} are called `{asked.name}`: {ids}"
        if found
        else f"no {asked.kind} is called `{asked.name}`",
        where=definition.place(path),
        address=Address(definition.address),
        hint="write the id itself" if found else "names are compared as they are written",
    )
