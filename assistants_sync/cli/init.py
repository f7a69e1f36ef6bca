"""`init`: a project begins, or what one lacks is added; nothing that is there is touched."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistants_sync.cli import from_gitops, importing
from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.looking import look
from assistants_sync.cli.session import Session
from assistants_sync.cli.settings import key_names
from assistants_sync.cli.starting.answers import Answers, answers_of_project, known_answers
from assistants_sync.cli.starting.files import Files, files_of, write
from assistants_sync.cli.starting.texts import project_text
from assistants_sync.definitions.project_file import (
    FILE_NAME,
    definitions_folder,
    load_project,
    parse_project,
)
from assistants_sync.errors import AccessError, SyncError
from assistants_sync.model.project import Project
from assistants_sync.vapi.probe import Probe
from assistants_sync.views.begun import Begun, render_begun


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the keys told: organisations by environment, and why another has none."""

    org_ids: Mapping[str, str] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    importable: bool = False


def run(session: Session, arguments: Arguments) -> int:
    """Write what is missing, and import if that is wanted."""
    root = session.settings.root.resolve()
    from_gitops.prepare(arguments, root)
    if (root / FILE_NAME).exists():
        answers = answers_of_project(session, arguments, definitions_folder(root))
        seen, text = _Seen(), ""
        project = load_project(root, answers.environments[0]).project
        can_import = session.may_read(project)
    else:
        answers = known_answers(session, arguments)
        seen = asyncio.run(_look(session, arguments, answers))
        text = project_text(answers, seen.org_ids)
        project = parse_project(text, answers.environments[0]).project
        can_import = seen.importable
    if arguments.import_now and not can_import and not arguments.dry_run:
        _refuse_import(project)
    files = files_of(root, project, answers, text, example=arguments.example)
    if not arguments.dry_run:
        write(session, files)
    wants_import = arguments.import_now or (can_import and _is_asked_for(session, arguments))
    steps = _steps(
        answers, project, seen, is_imported=wants_import or arguments.from_gitops is not None
    )
    begun = _begun(root, files, seen, steps, is_dry_run=arguments.dry_run)
    session.console.result(render_begun(begun))
    if arguments.from_gitops is not None:
        return from_gitops.run_from_gitops(session, arguments, arguments.from_gitops)
    if not wants_import or arguments.dry_run:
        return 0
    wish = Arguments(all=True, env=answers.environments[0], write_env=arguments.write_env)
    return importing.run(session.within(answers.environments[0]), wish)


async def _look(session: Session, arguments: Arguments, answers: Answers) -> _Seen:
    """Ask with each key whose it is, before anything is written."""
    org_ids, unseen = dict[str, str](), dict[str, str]()
    importable = False
    text = project_text(answers, {})
    for name in answers.environments:
        project = parse_project(text, name).project
        if arguments.without_key:
            unseen[name] = "not asked for (--without-key)"
        elif not session.may_read(project):
            unseen[name] = f"no key: {key_names(project.environment)[0]} is not set"
        else:
            probe = await _answer(session, project)
            importable = importable or (name == answers.environments[0] and not probe.is_empty)
            if session.settings.use_emulator:
                unseen[name] = "the emulator's, not pinned"
            elif probe.org_id is None:
                unseen[name] = "it has no assistant yet, so its id is not known: pin it later"
            else:
                org_ids[name] = probe.org_id
    return _Seen(org_ids, unseen, importable)


async def _answer(session: Session, project: Project) -> Probe:
    probe = await look(session, project)
    if probe.refused is not None:
        raise probe.refused
    if probe.unreachable is not None:
        raise SyncError(
            "The key cannot be checked",
            f"{probe.unreachable}; nothing was written",
            hint="--without-key goes on without it",
        )
    return probe


def _refuse_import(project: Project) -> None:
    name = key_names(project.environment)[0]
    raise AccessError(
        "Nothing can be imported",
        f"there is no key, or it was not used, or there is no assistant; set {name}",
        hint="nothing was written; without --import it is",
    )


def _is_asked_for(session: Session, arguments: Arguments) -> bool:
    if not session.settings.has_terminal or arguments.dry_run or arguments.from_gitops:
        return False
    answer = session.console.ask("Import every assistant there is now? [no]: ")
    return answer.lower() in {"y", "yes"}


def _begun(root: Path, files: Files, seen: _Seen, steps: list[str], *, is_dry_run: bool) -> Begun:
    def named(path: Path) -> str:
        return os.path.relpath(path, root)

    return Begun(
        new=[named(each) for each in files.new],
        changed=[named(files.ignored[0])] if files.ignored else (),
        there=[named(each) for each in files.there],
        lacking={named(path): text for path, text in files.lacking.items()},
        org_ids=seen.org_ids,
        unseen=seen.unseen,
        steps=steps,
        is_dry_run=is_dry_run,
    )


def _steps(answers: Answers, project: Project, seen: _Seen, *, is_imported: bool) -> list[str]:
    environment = project.environment
    key = key_names(environment)[0]
    chosen = "" if environment.name == "default" else f" --env {environment.name}"
    steps = []
    if environment.name not in seen.org_ids:
        steps.append(f"set {key}, a private key: in the environment, or in .env")
    if not is_imported:
        steps.append(
            f"assistants-sync{chosen} import --all, or write {project.definitions_dir}/KEY.yaml"
        )
    steps.append(f"assistants-sync{chosen} plan")
    match answers.forge:
        case "github":
            steps.append("in the workflows, put the address and commit of your copy of the action")
            steps.append(f"on GitHub: the secret {key}, and `production` with its reviewers")
            if environment.state.url is None:
                steps.append(f"in {FILE_NAME}: `state`, so that CI and you share one")
        case "gitlab":
            steps.append("in .gitlab-ci.yml, put the address of your copy of the component")
            steps.append(f"on GitLab: {key}, masked and protected; protect `production`")
        case _:
            pass
    return [*steps, "assistants-sync doctor, when something is not as it should be"]
