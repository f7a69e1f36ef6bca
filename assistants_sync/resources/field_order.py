"""In which order the fields of a definition are written: what people look for, then the API's."""

from collections.abc import Mapping

from assistants_sync.resources.kind import Kind


def field_order(kind: Kind) -> Mapping[str, int]:
    """Give the rank of each known field: the name, then the order of the newest reference.

    What only an older reference has stands behind the field it follows there.
    """
    *older, newest = (list(kind.references[year].model_fields) for year in sorted(kind.references))
    order = newest
    for fields in reversed(older):
        above = -1
        for name in fields:
            if name not in order:
                order.insert(above + 1, name)
            above = order.index(name)
    ranked = sorted(order, key=lambda name: name != "name")
    return {name: rank for rank, name in enumerate(ranked)}
