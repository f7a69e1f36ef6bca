"""Definitions of what is taken over, as text: the files, the secrets to set, what was left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistants_sync.definitions.system_texts import system_texts
from assistants_sync.definitions.write import dump_definition, text_file
from assistants_sync.definitions.yaml_text import Tag
from assistants_sync.errors import DefinitionError
from assistants_sync.importing.choose import Adoption
from assistants_sync.importing.declare import LeftOut, declare
from assistants_sync.importing.secret_names import (
    NamedSecret,
    Places,
    name_secrets,
    secret_places,
    with_hidden,
)
from assistants_sync.model.address import Address, key_of
from assistants_sync.model.definition import Desired
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.project import Project
from assistants_sync.model.value import FieldPath, Secret, secret_paths, secrets_in
from assistants_sync.resources.kind import Kind


@dataclass(frozen=True, slots=True)
class Draft:
    """The definition of one that has none: its text, and the texts its `!file`s name.

    `texts` are by path from the project folder.
    """

    address: Address
    text: str
    texts: Mapping[str, str] = field(default_factory=dict)
    left_out: LeftOut = field(default_factory=dict)
    secrets: tuple[NamedSecret, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafts:
    """Every definition that can be written, and why the others cannot."""

    drafts: tuple[Draft, ...]
    refused: tuple[Diagnostic, ...] = ()


def draft_all(
    kind: Kind,
    project: Project,
    desired: Desired,
    adoptions: Sequence[Adoption],
    prompts: str | None = None,
) -> Drafts:
    """Give a draft for each that has no definition.

    `prompts` is where texts of system messages go, as `prompts/{}.md`; None keeps them inside.
    Secrets that are bound in `desired` keep the names they have there.
    """
    new = {each.address: each for each in adoptions if not each.is_defined}
    found = {address: secret_places(kind, each.live) for address, each in new.items()}
    bound = [each for one in desired.definitions.values() for each in secrets_in(one.body)]
    known = {str(each.reveal()): each.name for each in bound if each.name and not each.is_unknown}
    taken = frozenset(each.name for each in bound if each.name)
    names = name_secrets(found, known, taken)
    drafts, refused = [], []
    for address, adoption in new.items():
        try:
            drafts.append(_draft(kind, project, adoption, found[address], names[address], prompts))
        except DefinitionError as error:
            said = error.diagnostic
            refused.append(
                Diagnostic(
                    "not_writable",
                    "No definition can say this",
                    f"{adoption.live.id}: {said.summary.lower()}: {said.detail}",
                    address=address,
                    hint="change it on the server, or leave it unmanaged",
                )
            )
    return Drafts(tuple(drafts), tuple(refused))


def _draft(
    kind: Kind,
    project: Project,
    adoption: Adoption,
    places: Places,
    names: Mapping[FieldPath, str],
    prompts: str | None,
) -> Draft:
    address, live = adoption.address, adoption.live
    tags = {path: Tag("secret", name) for path, name in names.items()}
    texts: dict[str, str] = {}
    if prompts is not None:
        for path, text in system_texts(kind, live.body):
            content = text_file(text)
            if content is not None and path not in tags:
                number = f".{len(texts) + 1}" if texts else ""
                file = prompts.format(key_of(address) + number)
                tags[path], texts[file] = Tag("file", file), content
    declared = declare(kind, project, with_hidden(live.body, places), tags)
    shown = set(secret_paths(live.body))
    secrets = (
        NamedSecret(
            name,
            address,
            path,
            places[path].is_unknown,
            path not in shown and _is_text(places[path]),
            places[path],
        )
        for path, name in names.items()
        if path[0] in declared.fields
    )
    return Draft(
        address, dump_definition(declared.fields), texts, declared.left_out, tuple(secrets)
    )


def _is_text(secret: Secret) -> bool:
    return not secret.is_unknown
