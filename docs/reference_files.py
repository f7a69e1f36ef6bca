"""The pages of what people write: project file, definitions, policies, lints."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reference_text import shape, table

from assistants_sync.definitions.json_schema import as_map
from assistants_sync.definitions.key_words import WORDS
from assistants_sync.definitions.lifecycle import LifecyclePart
from assistants_sync.definitions.lints import render_lints
from assistants_sync.definitions.policies.rules import RULES
from assistants_sync.definitions.project_schema import SECTIONS, PoliciesPart, ProjectPart
from assistants_sync.model.value import JsonValue
from assistants_sync.resources import KINDS
from assistants_sync.resources.kind import Kind

_MAX_LENGTH: Final = 60


def project_file() -> str:
    """Give the page of every key of the project file."""
    schema = as_map(ProjectPart.model_json_schema(by_alias=True))
    parts = as_map(schema["$defs"])
    text = (
        "# Project file\n\n`assistants-sync.yaml`, at the top of a project's folder. Only "
        "`project` is required. An unknown key is a fault.\n\n"
    )
    text += _keys(as_map(schema["properties"]), parts)
    for key, part in SECTIONS.items():
        properties = as_map(as_map(parts[part.__name__])["properties"])
        said = (inspect.getdoc(part) or "").partition(":")[2].strip()
        text += f"## {key}\n\n{said[:1].upper()}{said[1:]}\n\n{_keys(properties, parts)}"
    return text


def _keys(properties: Mapping[str, JsonValue], parts: Mapping[str, JsonValue]) -> str:
    return table(
        ("key", "value", "what it is"),
        (
            (f"`{key}`", shape(schema, parts), _sentence(WORDS[key]))
            for key, schema in properties.items()
        ),
    )


def _sentence(words: str) -> str:
    return words.replace("see the README", "see [secrets](../how-to/secrets.md)")


def fields() -> str:
    """Give the page of what a definition may hold, for each kind."""
    lifecycle = as_map(LifecyclePart.model_json_schema())
    text = (
        "# Fields of a definition\n\nOne YAML document is one thing, in the API's own field names. "
        "These keys are ours:\n\n"
    )
    text += table(("key", "what it is"), ((f"`{k}`", WORDS[k]) for k in ("key", "kind")))
    text += "## lifecycle\n\n"
    text += _keys(as_map(lifecycle["properties"]), as_map(lifecycle.get("$defs", {})))
    return text + "".join(_of_kind(each) + _lists(each) for each in KINDS.values())


def _of_kind(kind: Kind) -> str:
    text = (
        f"## Fields of {_an(kind.name)}\n\nA field is valid when it is so under one of the API "
        "references; `api_reference:` in the project file holds to one. `null` clears a "
        "field. What is inside an object is checked after `schema pull`.\n\n"
    )
    shapes = {
        year: as_map(model.model_json_schema()) for year, model in sorted(kind.references.items())
    }
    properties = {
        year: {name: (each, schema.get("$defs", {})) for name, each in _properties(schema)}
        for year, schema in shapes.items()
    }
    told = {
        name: {year: _told(each[name]) for year, each in properties.items() if name in each}
        for name in sorted({name for each in properties.values() for name in each})
    }
    text += table(
        ("field", "value", "what it is for"),
        ((f"`{each}`", _value(told[each], shapes), _purpose(kind, each)) for each in told),
    )
    text += "### Words\n\n"
    for name, said in told.items():
        for year, words in said.items():
            if _shortened(words) != words:
                text += f"- `{name}` in {year}: {words}\n"
    text += "\n"
    return text


def _lists(kind: Kind) -> str:
    text = "### Never sent, never compared\n\n"
    text += ", ".join(f"`{each}`" for each in sorted(kind.server_owned)) + "\n\n"
    text += "### Lists whose order means nothing\n\n"
    text += ", ".join(f"`{'.'.join(each)}`" for each in sorted(kind.sets)) + "\n\n"
    text += "### Secrets, wherever they stand\n\n"
    secrets = sorted({".".join(each) for each in (*kind.secrets, *kind.secret_texts)})
    text += ", ".join(f"`{each}`" for each in secrets) + "\n\n"
    return text


def _properties(schema: Mapping[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    yield from as_map(schema["properties"]).items()


def _told(field: tuple[JsonValue, JsonValue]) -> str:
    return shape(field[0], as_map(field[1]))


def _value(by_year: Mapping[str, str], years: Iterable[str]) -> str:
    """Tell what a field may hold, by year where that is not the same in all of them."""
    values = {year: _shortened(words) for year, words in by_year.items()}
    if set(values) == set(years) and len(set(values.values())) == 1:
        return next(iter(values.values()))
    only = " only" if len(values) == 1 else ""
    return "; ".join(f"{year}{only}: {value}" for year, value in values.items())


def _shortened(words: str) -> str:
    """Leave a long choice to the list below the table."""
    before, choice, after = words.partition("one of ")
    count = len(after.split(", "))
    return f"{before}one of {count} words" if choice and len(after) > _MAX_LENGTH else words


def _purpose(kind: Kind, name: str) -> str:
    successor = kind.successors.get(name)
    return kind.words[name] + (f" In 2026: {successor}." if successor else "")


def _an(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def policies() -> str:
    """Give the page of the policies."""
    schema = as_map(PoliciesPart.model_json_schema())
    properties = as_map(schema["properties"])
    text = (
        "# Policies\n\nOff unless set, under `policies:` of the project file or of an environment. "
        "A break is a fault (exit code 8) at its line. A definition may break one and say why: "
        "`lifecycle: {policy_exceptions: {NAME: why}}`.\n\n"
    )
    return text + table(
        ("key", "value", "what it asks", "error"),
        (
            (f"`{name}`", shape(properties[name], {}), WORDS[name], rule.summary)
            for name, rule in RULES.items()
        ),
    )


def lints() -> str:
    """Give the page of the lints."""
    return (
        "# Lints\n\nWhat went wrong for others before. A lint warns at its line and refuses "
        "nothing, unless `lints: {CODE: error}` says so; `off` silences it. A definition may say "
        "why one is wrong about it: `lifecycle: {lint_exceptions: {CODE: why}}`.\n\n"
        + render_lints().replace("<", "&lt;")
    )
