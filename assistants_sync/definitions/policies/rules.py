"""The policies, one rule each: a definition in, what breaks the policy out.

No violation quotes the value it is about, which may hold a secret: it names the path and the rule.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from assistants_sync.definitions.policies.choices import Choice, forbidden, models, voices
from assistants_sync.definitions.policies.inline_secrets import inline_secrets
from assistants_sync.definitions.system_texts import system_texts
from assistants_sync.model.definition import Definition
from assistants_sync.model.project import Environment, PolicyName
from assistants_sync.model.value import FieldPath, from_pointer, lookup, to_dotted
from assistants_sync.resources.kind import Kind


@dataclass(frozen=True, slots=True)
class Violation:
    """What breaks a policy, at the path of the value that does, or that is missing."""

    path: FieldPath
    detail: str
    hint: str


_Finder: TypeAlias = Callable[[Kind, Definition, Environment], Iterator[Violation]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy: what a break of it is called, and how breaks are found; off finds none."""

    summary: str
    violations: _Finder


def _protection(_: Kind, definition: Definition, environment: Environment) -> Iterator[Violation]:
    is_protected = definition.lifecycle.protect or environment.safety.protect_all
    if environment.policies.require_protect and not is_protected:
        yield Violation(
            ("lifecycle", "protect"),
            f"in `{environment.name}` every definition is protected from deletion",
            "write `lifecycle: {protect: true}`",
        )


def _name(_: Kind, definition: Definition, environment: Environment) -> Iterator[Violation]:
    pattern = environment.policies.name_pattern
    name = definition.body.get("name")
    if pattern is None or (isinstance(name, str) and re.fullmatch(pattern, name)):
        return
    is_missing = name is None
    yield Violation(
        ("name",),
        f"`name` {'is missing, and must' if is_missing else 'does not'} fit `{pattern}`",
        "write one" if is_missing else "rename it: the key is the identity, nothing else changes",
    )


def _prompt_length(
    kind: Kind, definition: Definition, environment: Environment
) -> Iterator[Violation]:
    limit = environment.policies.max_prompt_length
    texts = dict(system_texts(kind, definition.body))
    length = sum(map(len, texts.values()))
    if limit is not None and length > limit:
        yield Violation(
            max(texts, key=lambda path: len(texts[path])),
            f"the system text has {length} characters; at most {limit}",
            "shorten it, or move what is rarely needed to a tool or a knowledge base",
        )


def _required(_: Kind, definition: Definition, environment: Environment) -> Iterator[Violation]:
    for path in map(from_pointer, environment.policies.required_fields):
        if lookup(definition.body, path) is None:
            field = to_dotted(path)
            yield Violation(path, f"`{field}` is required here", f"give `{field}` a value")


def _models(_: Kind, definition: Definition, environment: Environment) -> Iterator[Violation]:
    return _forbidden(models(definition.body), environment.policies.forbidden_models, "model")


def _voices(_: Kind, definition: Definition, environment: Environment) -> Iterator[Violation]:
    return _forbidden(voices(definition.body), environment.policies.forbidden_voices, "voice")


def _forbidden(choices: Iterator[Choice], globs: tuple[str, ...], word: str) -> Iterator[Violation]:
    for choice in choices if globs else ():
        glob = forbidden(choice, globs)
        if glob is not None:
            yield Violation(
                choice.path,
                f"`{to_dotted(choice.path)}` is one of the {word}s that `{glob}` forbids",
                f"choose another {word}",
            )


def _secrets(kind: Kind, definition: Definition, environment: Environment) -> Iterator[Violation]:
    if not environment.policies.no_inline_secrets:
        return
    for found in inline_secrets(kind, definition.body):
        place = f", in line {found.line} of its text" if found.line else ""
        yield Violation(
            found.path,
            f"`{to_dotted(found.path)}` holds {found.looks_like}{place}",
            "write `!secret NAME`, and give the value in that environment variable; "
            "what was committed once has to be replaced at its issuer",
        )


RULES: Final[Mapping[PolicyName, Rule]] = {
    "require_protect": Rule("Not protected", _protection),
    "name_pattern": Rule("Name out of pattern", _name),
    "max_prompt_length": Rule("Prompt too long", _prompt_length),
    "required_fields": Rule("Required field missing", _required),
    "forbidden_models": Rule("Forbidden model", _models),
    "forbidden_voices": Rule("Forbidden voice", _voices),
    "no_inline_secrets": Rule("Secret in the definition", _secrets),
}
"""Every policy by its key in the project file."""
