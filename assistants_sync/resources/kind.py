"""What a kind is: the facts about one sort of API object that everything else is written over."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from assistants_sync.model.value import FieldPath, JsonValue

if TYPE_CHECKING:
    from pydantic import BaseModel

Pattern = tuple[str, ...]
"""The end of a path: `("server", "secret")` fits it anywhere; `*` stands for any one part."""


class Patterns:
    """Patterns by their last parts, since they are held against every value there is."""

    def __init__(self, *patterns: Pattern) -> None:
        self._patterns = patterns
        self._closed: dict[str, list[Pattern]] = defaultdict(list)
        self._open: dict[Pattern, list[Pattern]] = defaultdict(list)
        for each in patterns:
            if each[-1] == "*":
                self._open[each[-2:-1]].append(each)
            else:
                self._closed[each[-1]].append(each)
        # The same few hundred paths, in every object.
        self.fit: Callable[[FieldPath], bool] = lru_cache(maxsize=4096)(self._fits)

    def __iter__(self) -> Iterator[Pattern]:
        """Give each pattern."""
        return iter(self._patterns)

    def _fits(self, path: FieldPath) -> bool:
        """Say whether a path ends in one of them."""
        closed, opened = self._closed.get(path[-1]) if path else None, self._open.get(path[-2:-1])
        near = (*(closed or ()), *(opened or ()))
        return bool(near) and any(_ends(path, pattern) for pattern in near)


def _ends(path: FieldPath, pattern: Pattern) -> bool:
    end = path[-len(pattern) :]
    return len(end) == len(pattern) and all(map(_stands_for, pattern, end))


def _stands_for(want: str, part: str) -> bool:
    return want in ("*", part)


_NONE: Final = Patterns()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of API object, as data.

    `server_owned` top-level keys are never compared or sent. `secrets` are write-only or
    sensitive values; `secret_texts` too, but only where a string stands (a JSON schema may use
    the same word for a property). `sets` are lists whose order means nothing. `flags` are
    server-owned booleans that tell of a hidden secret, with the path it hides under.
    `references` are the API references a definition may follow: year to model.
    `can_relink` says that a reference in it may be moved by a PATCH; `is_over` are the values of
    its `status` with which it needs nothing any more. `patch_needs` are keys every PATCH carries.
    `messages`, `lists` and `objects` are what makes a thing work: texts by role, lists of parts and
    objects whose loss makes an update destructive. `successors` name what replaced a field that
    the newer reference no longer has; `lingering` are those of them that the API was still
    seen to take. `retired` are keys that neither reference has; `deprecated` those that the newer
    one has and calls deprecated.

    For writing a definition of what is live: `filled_in` are values the server was seen to show
    that nobody sent. `formerly_hidden` gives, for a flag, the older field that may be the one that
    has the secret, and where it hides then. `open_names` are header names, in lower case, whose
    values are no secrets. `leading` are the keys that say what an object is; below a `free_form`
    key an object is the user's own.
    `words` say what each field is for, to an editor. `undocumented` are paths the API takes though
    its own document does not have them.
    """

    name: str
    path: str
    server_owned: frozenset[str]
    secrets: Patterns = _NONE
    secret_texts: Patterns = _NONE
    sets: Patterns = _NONE
    flags: Mapping[str, FieldPath] = field(default_factory=dict)
    messages: tuple[FieldPath, ...] = ()
    lists: tuple[FieldPath, ...] = ()
    objects: tuple[FieldPath, ...] = ()
    references: Mapping[str, "type[BaseModel]"] = field(default_factory=dict)
    successors: Mapping[str, str] = field(default_factory=dict)
    lingering: frozenset[str] = frozenset()
    retired: Mapping[FieldPath, str] = field(default_factory=dict)
    deprecated: Mapping[FieldPath, str] = field(default_factory=dict)
    filled_in: Mapping[FieldPath, JsonValue] = field(default_factory=dict)
    formerly_hidden: Mapping[str, tuple[str, FieldPath]] = field(default_factory=dict)
    open_names: frozenset[str] = frozenset()
    leading: tuple[str, ...] = ()
    free_form: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)
    undocumented: Patterns = _NONE
    can_relink: bool = False
    is_over: tuple[str, ...] = ()
    patch_needs: tuple[str, ...] = ()

    @property
    def vital(self) -> tuple[FieldPath, ...]:
        """Every path whose loss stops a thing from working."""
        return (*self.messages, *self.lists, *self.objects)
