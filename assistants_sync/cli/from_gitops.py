"""`init --from-gitops DIR`: the vendor's gitops repository becomes a project of ours."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.arriving import Arriving, files_of
from assistants_sync.cli.env_file import env_file_of, write_env
from assistants_sync.cli.session import Session
from assistants_sync.cli.writing import writing
from assistants_sync.definitions.load import Loaded
from assistants_sync.definitions.project_file import (
    FILE_NAME,
    definitions_folder,
    environment_names,
)
from assistants_sync.errors import ApplyError, UsageError
from assistants_sync.gitops import GitopsTree, Migration, TakenFile, environments_of, take
from assistants_sync.gitops.names import folded
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.project import DEFAULT_ENVIRONMENT
from assistants_sync.observe import Job
from assistants_sync.resources import KINDS
from assistants_sync.views.from_gitops import CameOver, render_came_over
from assistants_sync.workflow.from_gitops import run_from_gitops as take_over


def run_from_gitops(session: Session, arguments: Arguments, directory: Path) -> int:
    """Write definitions, take the ids into state where there is a key, and show the plan.

    Raises:
        UsageError: it is no gitops repository, or its environments are not those of the project.
        DefinitionError: a state file of it, or the project, is not valid.
        GuardError: files are in the way, each of them told of; nothing was written.
    """
    root = session.settings.root.resolve()
    is_there = (root / FILE_NAME).exists()  # a dry run writes none
    names = environment_names(root) if is_there else tuple(arguments.environments)
    migrations, files = _taken(root / directory, names)
    left = [note for each in migrations.values() for note in (*each.left, *each.warnings)]
    left += _without_a_place(root / directory, migrations)
    if not is_there:
        return _listed(session, files, left)
    sessions = {name: session.within(name) for name in names or (DEFAULT_ENVIRONMENT,)}
    env_files = _env_files(sessions, migrations) if arguments.write_env else {}
    arriving = Arriving(sessions, root / definitions_folder(root))
    new = arriving.new(files)
    if arguments.dry_run:
        return _listed(session, new, left)
    loaded = arriving.write(new)
    faults = [*left, *arriving.refused]
    for name, migration in migrations.items():
        over, not_owned = _come_over(sessions[name], arguments, loaded[name], migration, directory)
        faults += not_owned
        if name in env_files:
            write_env(env_files[name], loaded[name].project.environment, _written_out(over))
        settings = session.settings
        session.console.result(
            render_came_over(over, colour=settings.colour, detail=settings.detail) + "\n"
        )
    session.console.faults(tuple(dict.fromkeys(faults)))
    if any(each.summary == "Unknown field" for each in arriving.refused):
        session.console.talk(f"`unknown_fields: warn` in {FILE_NAME} lets unknown fields pass")
    is_whole = not any(each.severity == "error" for each in faults)
    return 0 if is_whole else ApplyError.exit_code


def prepare(arguments: Arguments, root: Path) -> None:
    """Let a new project have the environments of the gitops repository, if one is named.

    It is read once before anything is written, so that what cannot be read stops all of it.

    Raises:
        UsageError: it is none.
        DefinitionError: a state file of it cannot be read.
    """
    if arguments.from_gitops is None:
        return
    if arguments.import_now or arguments.example:
        raise UsageError("Too much at once", "--from-gitops stands without --import, --example")
    found = environments_of(root / arguments.from_gitops)
    if not found:
        raise _not_one(arguments.from_gitops)
    if not (root / FILE_NAME).exists():
        usual = tuple(dict.fromkeys(map(folded, found)))
        arguments.environments = tuple(arguments.environments) or usual
        _taken(root / arguments.from_gitops, tuple(arguments.environments))


def _taken(
    directory: Path, names: Sequence[str]
) -> tuple[dict[str, Migration], tuple[TakenFile, ...]]:
    pairs = _pairs(names, environments_of(directory), directory)
    trees = {ours: GitopsTree.read(directory, theirs) for ours, theirs in pairs.items()}
    return take(KINDS["assistant"], trees, names)


def _pairs(names: Sequence[str], found: Sequence[str], directory: Path) -> dict[str, str]:
    """Give the gitops environment of each of ours; the only one of both needs no like name."""
    if not found:
        raise _not_one(directory)
    theirs = {folded(each): each for each in found} | {each: each for each in found}
    pairs = {each: theirs[each] for each in names if each in theirs}
    if not pairs and len(found) == 1 and len(names) <= 1:
        pairs = {(names or (DEFAULT_ENVIRONMENT,))[0]: found[0]}
    if not pairs:
        raise UsageError(
            "The environments do not fit",
            f"gitops has {', '.join(found)}; the project file {', '.join(names) or 'names none'}",
            hint="name them under `environments` in the project file",
        )
    return pairs


def _not_one(directory: Path) -> UsageError:
    return UsageError(
        "Not a gitops repository",
        f"{directory} has neither resources/NAME/assistants nor .vapi-state.NAME.json",
    )


def _come_over(
    session: Session, arguments: Arguments, loaded: Loaded, migration: Migration, directory: Path
) -> tuple[CameOver, Sequence[Diagnostic]]:
    name = loaded.project.environment.name
    addresses = [each.address for each in migration.taken]
    over = CameOver(name, migration, files_of(loaded, addresses))
    if arguments.without_key or not _has_own_key(session, loaded, arguments):
        chosen = f" --env {name}" if loaded.project.environments else ""
        return replace(over, later=f"assistants-sync{chosen} init --from-gitops {directory}"), ()
    return asyncio.run(_take_over(session, arguments, loaded, over))


def _has_own_key(session: Session, loaded: Loaded, arguments: Arguments) -> bool:
    """Say whether there is a key that is this environment's: one for all may be another one's."""
    project = loaded.project
    is_meant = (
        session.settings.use_emulator
        or len(project.environments) <= 1
        or project.environment.token_env is not None
        or arguments.env == project.environment.name
    )
    return is_meant and session.may_read(project)


async def _take_over(
    session: Session, arguments: Arguments, loaded: Loaded, over: CameOver
) -> tuple[CameOver, Sequence[Diagnostic]]:
    bound = {each.address: each.id for each in over.taken if each.id is not None}
    job = Job(loaded.project, loaded.desired)
    async with writing(session, arguments, loaded.project, "import") as doors:
        done = await take_over(job, doors.writers, bound)
        state = (await doors.writers.store.read()).state
    owned = frozenset(state.owned if state else ()) & over.files.keys()
    left_out = done.choice.left_out
    if bound and not owned:
        left_out = (*left_out, _of_another(len(bound), over.name))
    return replace(over, owned=owned, plan=done.plan), left_out


def _without_a_place(directory: Path, migrations: Mapping[str, Migration]) -> Sequence[Diagnostic]:
    """Tell of the environments there that the project has no name for."""
    taken = {each.tree.environment for each in migrations.values()}
    return [
        Diagnostic(
            "not_taken",
            "An environment is left",
            f"`{each}`: the project has none of this name",
            hint=f"add it under `environments` in {FILE_NAME}, and run it again",
            severity="warning",
        )
        for each in environments_of(directory)
        if each not in taken
    ]


def _env_files(
    sessions: Mapping[str, Session], migrations: Mapping[str, Migration]
) -> dict[str, Path]:
    """Give the `.env` file of each environment that needs one; one that git has ends it all."""
    return {
        name: env_file_of(session.settings.root, session.project().environment)
        for name, session in sessions.items()
        if name in migrations and migrations[name].hidden
    }


def _written_out(over: CameOver) -> dict[str, str]:
    found = {each.name: each.value.reveal() for each in over.migration.hidden}
    return {name: value for name, value in sorted(found.items()) if isinstance(value, str)}


def _of_another(count: int, environment: str) -> Diagnostic:
    return Diagnostic(
        "not_there",
        "None of their ids is there",
        f"{count} ids of environment {environment}; the plan would create them all",
        hint="the key may be another organisation's: look before you apply",
    )


def _listed(session: Session, files: Sequence[TakenFile], left: Sequence[Diagnostic]) -> int:
    lines = [f"Would write {each.name}\n" for each in files]
    session.console.result("".join(lines) + f"Would write {len(files)}.\n")
    session.console.faults(left)
    return 0
