"""What a kind is: the facts about one sort of API object that everything else is written over."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from assistants_sync.model.value import FieldPath, JsonValue

Pattern = tuple[str, ...]
"""The end of a path: `("server", "secret")` fits it anywhere; `*` stands for any one part."""


def fits(path: FieldPath, patterns: tuple[Pattern, ...]) -> bool:
    """Say whether a path ends in one of the patterns."""
    last = path[-1] if path else ""
    return any(
        pattern[-1] in ("*", last)  # settles nearly all of them, and this is asked of every value
        and len(pattern) <= len(path)
        and all(
            want in ("*", part)
            for want, part in zip(pattern, path[len(path) - len(pattern) :], strict=True)
        )
        for pattern in patterns
    )


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
    secrets: tuple[Pattern, ...] = ()
    secret_texts: tuple[Pattern, ...] = ()
    sets: tuple[Pattern, ...] = ()
    flags: Mapping[str, FieldPath] = field(default_factory=dict)
    messages: tuple[FieldPath, ...] = ()
    lists: tuple[FieldPath, ...] = ()
    objects: tuple[FieldPath, ...] = ()
    references: Mapping[str, type[BaseModel]] = field(default_factory=dict)
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
    undocumented: tuple[Pattern, ...] = ()
    can_relink: bool = False
    is_over: tuple[str, ...] = ()
    patch_needs: tuple[str, ...] = ()

    @property
    def vital(self) -> tuple[FieldPath, ...]:
        """Every path whose loss stops a thing from working."""
        return (*self.messages, *self.lists, *self.objects)
