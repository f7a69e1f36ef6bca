"""One document laid over another, by the rule of JSON Merge Patch (RFC 7396).

Objects are merged key by key; anything else, a list too, takes the place of what was there; a null
takes it away. Every value keeps the place where it was written.
"""

from collections.abc import Mapping

from assistants_sync.definitions.yaml_text import Document, Raw
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath, is_prefix


def overlaid(base: Document, over: Document) -> Document:
    """Give the document that both make; it begins where the base does."""
    places = dict(base.places)
    value = _merged(base.value, over, (), places)
    return Document(value, base.where, {**places, (): base.where})


def _merged(base: Raw, over: Document, path: FieldPath, places: dict[FieldPath, SourceRef]) -> Raw:
    said = _at(over.value, path)
    if not isinstance(said, Mapping) or not isinstance(base, Mapping):
        for each in [each for each in places if is_prefix(path, each)]:
            del places[each]
        places |= {each: where for each, where in over.places.items() if is_prefix(path, each)}
        return said
    result = dict(base)
    for key, value in said.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(base.get(key), over, (*path, key), places)
    return result


def _at(value: Raw, path: FieldPath) -> Raw:
    for part in path:
        value = value[part] if isinstance(value, Mapping) else None
    return value
