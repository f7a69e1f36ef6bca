"""The objects of a body, through lists too: what is free text or a schema is not looked into."""

from collections.abc import Iterator, Mapping, Sequence

from assistants_sync.model.value import FieldPath, Value, is_plain
from assistants_sync.resources.kind import Kind


def objects(
    kind: Kind, value: Value, path: FieldPath = ()
) -> Iterator[tuple[FieldPath, Mapping[str, Value]]]:
    """Give every object at or below a value, the outer first, by its path."""
    match value:
        case Mapping():
            yield path, value
            for key, each in value.items():
                if not is_plain(each) and key not in kind.free_form:
                    yield from objects(kind, each, (*path, key))
        case str():
            return
        case Sequence():
            for index, each in enumerate(value):
                yield from objects(kind, each, (*path, str(index)))
        case _:
            return


def items(value: Value, path: FieldPath) -> Iterator[tuple[FieldPath, Mapping[str, Value]]]:
    """Give the objects of a list by their paths; none when it is no list."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        for index, each in enumerate(value):
            if isinstance(each, Mapping):
                yield (*path, str(index)), each
