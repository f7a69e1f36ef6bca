"""Environments of a gitops repository to the files of ours: what each says, and what is left."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from assistants_sync.definitions.layout.parse import LayoutError
from assistants_sync.errors import DefinitionError
from assistants_sync.gitops.names import keys_of
from assistants_sync.gitops.text import GitopsText
from assistants_sync.gitops.translate import Hidden, hide_secrets, link
from assistants_sync.gitops.tree import GitopsTree
from assistants_sync.model.address import Address, RemoteId, make_address
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.resources.kind import Kind


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A definition to be written: its name in the folder of the definitions, and its text.

    `source` is the file of theirs it was, from their repository.
    """

    name: str
    text: str
    address: Address
    source: str


@dataclass(frozen=True, slots=True)
class Taken:
    """One assistant of one environment; `id` is None where their state file has none."""

    address: Address
    slug: str
    source: str
    id: RemoteId | None
    text: str


@dataclass(frozen=True, slots=True)
class Migration:
    """What one environment comes to: what is taken, the secrets it names, and what is left."""

    tree: GitopsTree
    taken: tuple[Taken, ...]
    hidden: tuple[Hidden, ...]
    left: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(slots=True)
class _Reading:
    """The files of one environment that can be taken so far, by slug."""

    tree: GitopsTree
    texts: dict[str, GitopsText] = field(default_factory=dict)
    left: list[Diagnostic] = field(default_factory=list)


def take(
    kind: Kind, trees: Mapping[str, GitopsTree], names: Sequence[str]
) -> tuple[dict[str, Migration], tuple[TakenFile, ...]]:
    """Give what each environment comes to (by our name for it), and the files to write.

    `names` are the environments of the project, none where it has only the default one. A file
    stands for all of them where it says the same in each; else each has its own.
    """
    readings = {name: _read(tree) for name, tree in trees.items()}
    slugs = {slug for each in readings.values() for slug in each.texts}
    address_of = {slug: make_address(kind.name, key) for slug, key in keys_of(slugs, names).items()}
    migrations = {name: _migrate(kind, each, address_of) for name, each in readings.items()}
    return migrations, _files(migrations, names)


def _read(tree: GitopsTree) -> _Reading:
    reading = _Reading(tree, left=[*tree.refused])
    for slug, path in tree.files.items():
        try:
            reading.texts[slug] = GitopsText.read(tree.root, path)
        except (DefinitionError, LayoutError) as refused:
            reading.left += refused.diagnostics
    return reading


def _migrate(kind: Kind, reading: _Reading, address_of: Mapping[str, Address]) -> Migration:
    texts, tree = reading.texts, reading.tree
    while True:
        known = {slug: address_of[slug] for slug in texts}
        linked = {slug: link(text, tree, known[slug], known) for slug, text in texts.items()}
        lost = {slug for slug, each in linked.items() if each.unknown}
        if not lost:
            break
        # What refers to one of these has to do with its id from here on.
        reading.left += [fault for slug in sorted(lost) for fault in linked[slug].unknown]
        texts = {slug: text for slug, text in texts.items() if slug not in lost}
    secrets = hide_secrets(kind, {known[slug]: text for slug, text in texts.items()}, frozenset())
    taken = []
    for slug, text in texts.items():
        address = known[slug]
        try:
            written = text.with_values({**linked[slug].puts, **secrets.puts[address]})
        except DefinitionError as refused:
            reading.left += refused.diagnostics
            continue
        remote_id = tree.id_of(kind.name, slug)
        taken.append(
            Taken(address, slug, text.name, RemoteId(remote_id) if remote_id else None, written)
        )
    return Migration(tree, tuple(taken), secrets.hidden, tuple(reading.left), secrets.doubtful)


def _files(migrations: Mapping[str, Migration], names: Sequence[str]) -> tuple[TakenFile, ...]:
    found: dict[Address, dict[str, Taken]] = defaultdict(dict)
    for name, migration in migrations.items():
        for each in migration.taken:
            found[each.address][name] = each
    files: list[TakenFile] = []
    for address, by_name in sorted(found.items()):
        key = address.partition(".")[2]
        said = {(PurePosixPath(each.source).suffix, each.text) for each in by_name.values()}
        if len(said) == 1 and (not names or set(names) <= by_name.keys()):
            suffix, text = said.pop()
            source = next(iter(by_name.values())).source
            files.append(TakenFile(f"{key}{suffix}", text, address, source))
        else:
            for name, each in by_name.items():
                suffix = PurePosixPath(each.source).suffix
                file = TakenFile(f"{key}.{name}{suffix}", each.text, address, each.source)
                files.append(file)
    return tuple(files)
