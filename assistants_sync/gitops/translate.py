"""What of one file means something else here: slugs in the place of ids, secrets written out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistants_sync.definitions.policies.inline_secrets import inline_secrets
from assistants_sync.definitions.yaml_text import Question, Raw, Tag
from assistants_sync.gitops.names import clean_slug
from assistants_sync.gitops.text import GitopsText, Put
from assistants_sync.gitops.tree import GitopsTree
from assistants_sync.importing.secret_names import name_secrets
from assistants_sync.model.address import Address
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import FieldPath, Secret, Value, is_prefix, to_dotted
from assistants_sync.planning.guards import looks_masked
from assistants_sync.resources.kind import Kind
from assistants_sync.resources.references import kind_of_id

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Linked:
    """The ids one file names, each by what takes the place of its slug; and those nobody knows."""

    puts: Mapping[FieldPath, Put]
    unknown: tuple[Diagnostic, ...] = ()


def link(
    text: GitopsText, tree: GitopsTree, address: Address, address_of: Mapping[str, Address]
) -> Linked:
    """Give what takes the place of each slug; `address_of` are the assistants that are taken.

    One of those is referred to by its address, anything else by the id in their state file.
    """
    puts: dict[FieldPath, Put] = {}
    unknown: list[Diagnostic] = []
    for path, written in _texts(text.value, ()):
        kind = kind_of_id(path)
        slug = clean_slug(written)
        if kind is None or not slug:
            continue
        remote_id = slug if _UUID.fullmatch(slug) else tree.id_of(kind, slug)
        if kind == "assistant" and slug in address_of:
            puts[path] = Put(Tag("ref", address_of[slug]))
        elif remote_id is None:
            unknown.append(_unknown(kind, slug, text, path, address))
        elif remote_id != written:
            puts[path] = Put(remote_id, "" if remote_id == slug else f"{kind} {slug}")
    return Linked(puts, tuple(unknown))


@dataclass(frozen=True, slots=True)
class Hidden:
    """A secret that was written out: the variable it comes from now, and where it stood.

    `value` is what stood there; unknown where that was no more than asterisks.
    """

    name: str
    address: Address
    path: FieldPath
    value: Secret


@dataclass(frozen=True, slots=True)
class Secrets:
    """What takes the place of the secrets of some files, by address; and what only looks so."""

    puts: Mapping[Address, Mapping[FieldPath, Put]]
    hidden: tuple[Hidden, ...]
    doubtful: tuple[Diagnostic, ...]


def hide_secrets(kind: Kind, texts: Mapping[Address, GitopsText], taken: frozenset[str]) -> Secrets:
    """Give a `!secret` for each secret that was written out; `taken` are names of others.

    A prompt that looks as if it held one is left, and told of.
    """
    found: dict[Address, dict[FieldPath, Secret]] = {}
    doubtful: list[Diagnostic] = []
    for address, text in texts.items():
        found[address] = {}
        body = {key: _plain(each) for key, each in text.value.items()}
        for each in inline_secrets(kind, body):
            is_prompt = any(is_prefix(messages, each.path) for messages in kind.messages)
            if each.path in text.scalars and not is_prompt:
                found[address][each.path] = Secret(text.scalars[each.path][0].text)
            else:
                doubtful.append(_doubtful(each.looks_like, text.place(each.path), address))
        doubtful += [
            _doubtful(each.looks_like, text.place_in_prompt(each.line), address)
            for each in inline_secrets(kind, {"prompt": text.prompt})
        ]
    names = name_secrets(found, {}, taken)
    return Secrets(
        {
            address: {path: Put(Tag("secret", name)) for path, name in each.items()}
            for address, each in names.items()
        },
        tuple(
            Hidden(name, address, path, _shown(found[address][path]))
            for address, each in names.items()
            for path, name in each.items()
        ),
        tuple(doubtful),
    )


def _texts(value: Raw, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    match value:
        case str():
            yield path, value
        case Mapping():
            for key, each in value.items():
                yield from _texts(each, (*path, key))
        case Sequence():
            for index, each in enumerate(value):
                yield from _texts(each, (*path, str(index)))


def _plain(value: Raw) -> Value:
    match value:
        case Tag() | Question():
            return None
        case str():
            return value
        case Mapping():
            return {key: _plain(each) for key, each in value.items()}
        case Sequence():
            return [_plain(each) for each in value]
        case _:
            return value


def _unknown(
    kind: str, slug: str, text: GitopsText, path: FieldPath, address: Address
) -> Diagnostic:
    return Diagnostic(
        "not_taken",
        "An id is not known",
        f"`{to_dotted(path)}` names the {kind} `{slug}`, which their state file has no id for",
        where=text.place(path),
        address=address,
        hint="write its id there, or let gitops push it first",
    )


def _shown(secret: Secret) -> Secret:
    return Secret() if looks_masked(secret) else secret


def _doubtful(looks_like: str, where: SourceRef, address: Address) -> Diagnostic:
    return Diagnostic(
        "left_as_is",
        "What looks like a secret is left in a prompt",
        looks_like,
        where=where,
        address=address,
        hint="take it out of the text: it is in the history of both repositories",
        severity="warning",
    )
