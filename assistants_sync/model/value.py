"""Bodies: JSON values in which a secret is a type of its own, and the paths into them.

A `Secret` is not a string: it cannot be serialised, printed or compared by accident. Only the
API client reveals one, at the moment it is sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias, TypeGuard

from assistants_sync.model.address import Address

JsonValue: TypeAlias = (
    "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)
Value: TypeAlias = (
    "bool | int | float | str | Secret | Ref | Lookup"
    " | Sequence[Value] | Mapping[str, Value] | None"
)
Body: TypeAlias = Mapping[str, Value]
FieldPath: TypeAlias = tuple[str, ...]

MASK: Final = "(secret)"
ROTATED: Final = "(secret changed)"
UNKNOWN: Final = "(secret unknown)"
NOT_READ: Final = "(not read)"


_PLAIN: Final = (str, int, float, type(None))


class Secret:
    """A value nobody may see; `name` is the variable it comes from, if it comes from one."""

    __slots__ = ("_value", "name")

    def __init__(self, value: JsonValue = None, *, name: str | None = None) -> None:
        self._value = value
        self.name = name

    @property
    def is_unknown(self) -> bool:
        """Whether its variable was not read: nothing can be said of its value."""
        return self._value is None

    def reveal(self) -> JsonValue:
        """Give the value itself: for the API client, the hasher and the redactor, nobody else."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret cannot be pickled or copied")


@dataclass(frozen=True, slots=True)
class Ref:
    """The remote id of another address: where that is made by this run, nobody knows it yet."""

    address: Address

    def __str__(self) -> str:
        return f"(id of {self.address}, known after apply)"


@dataclass(frozen=True, slots=True)
class Lookup:
    """The remote id of the one live thing of a kind that has this name, which we do not own."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"(id of the {self.kind} {self.name})"


Special: TypeAlias = Secret | Ref | Lookup
"""What a value can be beside JSON: it stands for something that is not written there."""


def is_placeholder(value: JsonValue) -> bool:
    """Say whether this stands for a value that is not shown."""
    return value in (MASK, UNKNOWN, NOT_READ)


def is_plain(value: Value) -> TypeGuard[bool | int | float | str | None]:
    """Say whether nothing stands in a value but itself, and no secret: nearly all are like that."""
    return isinstance(value, _PLAIN)


def is_list(value: Value) -> TypeGuard[Sequence[Value]]:
    """Say whether a value is a JSON list (a string is a sequence, but no list)."""
    return isinstance(value, Sequence) and not isinstance(value, str)


@lru_cache(maxsize=4096)  # the same few hundred paths, in every assistant
def to_pointer(path: FieldPath) -> str:
    """Write a path as a JSON Pointer: `("a", "b/c")` is `/a/b~1c`."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


@lru_cache(maxsize=4096)
def from_pointer(pointer: str) -> FieldPath:
    """Read a JSON Pointer back into a path; the empty pointer is the whole body."""
    if not pointer:
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def to_dotted(path: FieldPath) -> str:
    """Write a path as people read it: `model.messages[0].content`."""
    text = ""
    for part in path:
        text += f"[{part}]" if part.isdigit() else f".{part}"
    return text.removeprefix(".")


def leaves(body: Body) -> dict[FieldPath, Value]:
    """Give every leaf of a body by its path, in the body's order.

    A list, an empty object, a secret and a scalar (null too) are leaves.
    """
    return dict(_walk(body, ()))


def _walk(body: Body, path: FieldPath) -> Iterator[tuple[FieldPath, Value]]:
    for key, value in body.items():
        if not is_plain(value) and isinstance(value, Mapping) and value:
            yield from _walk(value, (*path, key))
        else:
            yield (*path, key), value


def lookup(body: Body, path: FieldPath) -> Value:
    """Give what stands at a path; None when nothing does, since null and absent mean the same."""
    here: Value = body
    for part in path:
        if not isinstance(here, Mapping):
            return None
        here = here.get(part)
    return here


def nested(flat: Mapping[FieldPath, Value]) -> dict[str, Value]:
    """Build the nested object whose leaves are these; no path may be a prefix of another."""
    root: dict[str, Value] = {}
    for path, value in flat.items():
        here = root
        for part in path[:-1]:
            inner = here.setdefault(part, {})
            if isinstance(inner, dict):
                here = inner
                continue
            raise ValueError(f"{to_pointer(path)} runs through a leaf")
        here[path[-1]] = value
    return root


def is_prefix(shorter: FieldPath, longer: FieldPath) -> bool:
    """Say whether `longer` lies at or below `shorter`."""
    return longer[: len(shorter)] == shorter


def mask(value: Value) -> JsonValue:
    """Give the value with every secret in it replaced by `(secret)`, or `(secret unknown)`."""
    match value:
        case str() | int() | float() | None:
            return value
        case Secret():
            return UNKNOWN if value.is_unknown else MASK
        case Ref() | Lookup():
            return str(value)
        case Mapping():
            return {key: mask(inner) for key, inner in value.items()}
        case _:
            return [mask(inner) for inner in value]


def masked(flat: Mapping[FieldPath, Value]) -> dict[str, JsonValue]:
    """Give the nested object of these leaves as it may be shown: masked, without the absent."""
    shown = nested({path: value for path, value in flat.items() if value is not None})
    return {key: mask(value) for key, value in shown.items()}


def specials_in(value: Value, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Special]]:
    """Give all that is more than JSON, wherever it stands, with its path, through lists too."""
    match value:
        # What nearly all are comes first: to ask whether it is a mapping takes as long as the rest.
        case dict() | Mapping():
            for key, inner in value.items():
                if not is_plain(inner):
                    yield from specials_in(inner, (*path, key))
        case str() | int() | float() | None:
            return
        case Secret() | Ref() | Lookup():
            yield path, value
        case _:
            for index, inner in enumerate(value):
                if not is_plain(inner):
                    yield from specials_in(inner, (*path, str(index)))


def is_json(value: Value) -> TypeGuard[JsonValue]:
    """Say whether nothing in a value is more than JSON."""
    return is_plain(value) or next(specials_in(value), None) is None


def secrets_in(value: Value) -> Iterator[Secret]:
    """Give every secret that stands anywhere in the value."""
    return (each for _, each in specials_in(value) if isinstance(each, Secret))


def secret_paths(value: Value, path: FieldPath = ()) -> Iterator[FieldPath]:
    """Give the path of every secret, through lists too."""
    return (at for at, each in specials_in(value, path) if isinstance(each, Secret))


def has_secret(value: Value) -> bool:
    """Say whether a secret stands anywhere in the value."""
    return not is_plain(value) and next(secrets_in(value), None) is not None


def has_unknown(value: Value) -> bool:
    """Say whether a secret or an id that was not read stands anywhere in the value."""
    return not is_plain(value) and any(
        isinstance(each, Lookup) or (isinstance(each, Secret) and each.is_unknown)
        for _, each in specials_in(value)
    )


def ids_in(value: Value, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Ref | Lookup]]:
    """Give every id that is still to be found out, with its path, through lists too."""
    return ((at, each) for at, each in specials_in(value, path) if not isinstance(each, Secret))


def refs_in(value: Value) -> Iterator[Address]:
    """Give every address whose id is still to be found out, as often as it stands there."""
    return (each.address for _, each in ids_in(value) if isinstance(each, Ref))


def with_ids(value: Value, ids: Mapping[Ref | Lookup, str]) -> Value:
    """Give the value with every id that is known put in its place."""
    match value:
        case str() | int() | float() | Secret() | None:
            return value
        case Ref() | Lookup():
            return ids.get(value, value)
        case Mapping():
            return {key: with_ids(inner, ids) for key, inner in value.items()}
        case _:
            return [with_ids(inner, ids) for inner in value]


def without_secrets(value: Value) -> JsonValue:
    """Give the value with every secret left out: its key goes, a list item becomes null."""
    match value:
        case str() | int() | float() | None:
            return value
        case Secret():
            return None
        case Ref() | Lookup():
            return str(value)
        case Mapping():
            return {
                key: without_secrets(inner)
                for key, inner in value.items()
                if not isinstance(inner, Secret)
            }
        case _:
            return [without_secrets(inner) for inner in value]


def reveal(value: Value) -> JsonValue:
    """Give the value with every secret in the clear: for sending and hashing only."""
    match value:
        case str() | int() | float() | None:
            return value
        case Secret():
            return value.reveal()
        case Ref() | Lookup():
            return str(value)
        case Mapping():
            return {key: reveal(inner) for key, inner in value.items()}
        case _:
            return [reveal(inner) for inner in value]
