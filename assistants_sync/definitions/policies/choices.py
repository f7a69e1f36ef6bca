"""Which models and voices a body chooses, fallbacks and nested assistants included."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from assistants_sync.model.value import Body, FieldPath, Value, is_list


@dataclass(frozen=True, slots=True)
class Choice:
    """One model or voice, at the path that names it; a part not written as text is empty."""

    path: FieldPath
    provider: str
    name: str


def models(body: Body) -> Iterator[Choice]:
    """Give every model that may answer.

    Source: OpenAIModel in the OpenAPI document of 2026-08-20 (`fallbackModels` are names of the
    same provider).
    """
    for path, model in _objects(body, ()):
        if path[-1:] == ("model",):
            provider = _text(model.get("provider"))
            yield _choice(path, model, provider, "model")
            others = model.get("fallbackModels")
            for index, name in enumerate(others if is_list(others) else ()):
                yield Choice((*path, "fallbackModels", str(index)), provider, _text(name))


def voices(body: Body) -> Iterator[Choice]:
    """Give every voice that may speak.

    Source: FallbackPlan in the OpenAPI document of 2026-08-20 (`voices` are whole voices).
    """
    for path, voice in _objects(body, ()):
        if path[-1:] == ("voice",) or path[-2:-1] == ("voices",):
            yield _choice(path, voice, _text(voice.get("provider")), "voiceId")


def forbidden(choice: Choice, globs: Sequence[str]) -> str | None:
    """Give the first glob that the choice fits, as `provider/name` or by name, in any case."""
    names = (f"{choice.provider}/{choice.name}".lower(), choice.name.lower())
    return next(
        (glob for glob in globs if any(fnmatchcase(name, glob.lower()) for name in names)), None
    )


def _choice(path: FieldPath, chosen: Mapping[str, Value], provider: str, key: str) -> Choice:
    return Choice((*path, key) if key in chosen else path, provider, _text(chosen.get(key)))


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _objects(value: Value, path: FieldPath) -> Iterator[tuple[FieldPath, Mapping[str, Value]]]:
    match value:
        case Mapping():
            yield path, value
            for key, each in value.items():
                yield from _objects(each, (*path, key))
        case str():
            return
        case Sequence():
            for index, each in enumerate(value):
                yield from _objects(each, (*path, str(index)))
        case _:
            return
