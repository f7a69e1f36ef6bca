"""Which places of live objects need a `!secret`, and the name of the variable for each."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from assistants_sync.definitions.policies.inline_secrets import inline_secrets
from assistants_sync.importing.declare import is_open
from assistants_sync.model.address import Address, key_of
from assistants_sync.model.live import LiveObject
from assistants_sync.model.value import Body, FieldPath, Secret, Value, is_list, lookup
from assistants_sync.planning.guards import looks_masked
from assistants_sync.resources.kind import Kind

Places: TypeAlias = Mapping[FieldPath, Secret]
"""Every place of one object that needs a `!secret`, and what stands there: nothing, if hidden."""


@dataclass(frozen=True, slots=True)
class NamedSecret:
    """A place that takes its value from a variable; `is_hidden` when the server does not show it.

    `is_text` when a text that is no secret by its place holds what looks like one. `value` is what
    stands there, as far as the server shows it.
    """

    name: str
    address: Address
    path: FieldPath
    is_hidden: bool
    is_text: bool = False
    value: Secret = field(default_factory=Secret, compare=False)


def secret_places(kind: Kind, live: LiveObject) -> dict[FieldPath, Secret]:
    """Give every place that needs a `!secret`: hidden, secret by its place, or by its looks.

    In the order of their paths, so that the server's order has no say in their names.
    """
    places = {path: Secret() for path in _hidden(kind, live)}
    for path, value in _values(live.body, ()):
        if isinstance(value, Secret):
            text = value.reveal()
            if looks_masked(value):
                places[path] = Secret()
            elif isinstance(text, str) and text and not is_open(kind, path):
                places[path] = value
    texts = {each.path for each in inline_secrets(kind, live.body)}
    for path, value in _values(live.body, ()):
        if path in texts and isinstance(value, str):
            places[path] = Secret(value)
    return dict(sorted(places.items()))


def name_secrets(
    found: Mapping[Address, Places], known: Mapping[str, str], taken: frozenset[str]
) -> dict[Address, dict[FieldPath, str]]:
    """Give the name for each place: `KEY_PATH`, or `PATH` for one value of several objects.

    `known` leads from values to the names they have in this project, `taken` are all its names.
    """
    spread = Counter(text for places in found.values() for text in {*_texts(places)})
    names, used = dict(known), set(taken)
    given: dict[Address, dict[FieldPath, str]] = {}
    for address, places in found.items():
        given[address] = {}
        for path, secret in places.items():
            text = secret.reveal()
            if not isinstance(text, str):
                given[address][path] = _free(_name(key_of(address), *path), used)
                continue
            if text not in names:
                parts = [each for each in path if not each.isdigit()]
                own = (key_of(address), *path)
                names[text] = _free(_name(*(parts if spread[text] > 1 else own)), used)
            given[address][path] = names[text]
    return given


def _hidden(kind: Kind, live: LiveObject) -> Iterator[FieldPath]:
    for flag, path in kind.flags.items():
        if not live.flags.get(flag) or lookup(live.body, path) is not None:
            continue
        if isinstance(live.body.get(path[0]), Mapping):
            yield path
            continue
        older, hides_at = kind.formerly_hidden.get(flag, ("", ()))
        if live.body.get(older) is not None and live.body.get(hides_at[0]) is None:
            yield hides_at


def with_hidden(body: Body, places: Places) -> Body:
    """Give the body with each hidden place in it that has no key there."""
    filled = dict(body)
    for path in places:
        head, *rest = path
        inner = filled.get(head)
        if not rest:
            filled.setdefault(head, places[path])
        elif len(rest) == 1 and isinstance(inner, Mapping) and rest[0] not in inner:
            filled[head] = {**inner, rest[0]: places[path]}
    return filled


def _values(value: Value, path: FieldPath) -> Iterator[tuple[FieldPath, Value]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _values(each, (*path, key))
    elif is_list(value):
        for index, each in enumerate(value):
            yield from _values(each, (*path, str(index)))
    else:
        yield path, value


def _texts(places: Places) -> Iterator[str]:
    for each in places.values():
        text = each.reveal()
        if isinstance(text, str):
            yield text


def _name(*parts: str) -> str:
    words = (re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part) for part in parts)
    name = re.sub(r"[^A-Z0-9]+", "_", "_".join(words).upper()).strip("_")
    return f"_{name}" if not name or name[0].isdigit() else name


def _free(name: str, used: set[str]) -> str:
    free, number = name, 1
    while free in used:
        number += 1
        free = f"{name}_{number}"
    used.add(free)
    return free
