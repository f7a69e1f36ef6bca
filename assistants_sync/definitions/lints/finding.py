"""What a lint finds: where, and what is wrong with what stands there."""

from dataclasses import dataclass

from assistants_sync.model.value import FieldPath


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, at the path of its value. `hint` fits this one better than the lint's own.

    It quotes no value but names: any other may be a secret.
    """

    path: FieldPath
    detail: str
    hint: str | None = None
