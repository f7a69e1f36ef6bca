"""`doctor`: what is wrong with a set-up, all of it at once; no secret is shown, not even a part."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.checks.api import check_api, check_organisation
from assistants_sync.cli.checks.files import (
    check_definitions,
    check_repository,
    check_secrets,
    check_state_in_git,
)
from assistants_sync.cli.checks.installed import check_installed
from assistants_sync.cli.checks.state import check_state
from assistants_sync.cli.session import Session
from assistants_sync.definitions.project_file import FILE_NAME, environment_names
from assistants_sync.errors import DefinitionError, SyncError
from assistants_sync.model.check import Check
from assistants_sync.model.project import Environment, Project
from assistants_sync.views.checks import render_checks, render_checks_json


def run(session: Session, arguments: Arguments) -> int:  # noqa: ARG001 -- as every command
    """Look at everything, and end with 1 when something fails."""
    checks = asyncio.run(_check_all(session))
    if session.settings.wants_json:
        session.console.result(render_checks_json(checks))
    else:
        session.console.result(render_checks(checks, colour=session.settings.colour))
    return SyncError.exit_code if any(each.level == "fail" for each in checks) else 0


async def _check_all(session: Session) -> Sequence[Check]:
    """Look at one environment, or at each that the project names."""
    settings = session.settings
    read = [_read_project(each) for each in _sessions(session)]
    shared = {each.environment.state.url for each, _ in read if each}
    urls = [session.location(each).url for each, _ in read if each]
    checks = [*check_installed(settings.root, [*shared, *urls], use_emulator=settings.use_emulator)]
    checks += check_repository(session)
    for one, (project, check) in zip(_sessions(session), read, strict=True):
        name = one.settings.environment or "default"
        for each in (check, *await _check_environment(one, project)):
            checks.append(replace(each, environment=name))
    return checks


def _sessions(session: Session) -> Sequence[Session]:
    """Give a session for each environment; one where the project file cannot tell."""
    try:
        names = environment_names(session.settings.root.resolve())
    except DefinitionError:
        names = ()
    if session.settings.environment is not None or not names:
        return [session]
    return [session.within(each) for each in names]


def _read_project(session: Session) -> tuple[Project | None, Check]:
    try:
        project = session.project()
    except DefinitionError as refused:
        first = refused.diagnostic
        return None, Check(
            "fail", "project file", f"{first.where}: {first.summary}: {first.detail}", first.hint
        )
    return project, Check("ok", "project file", f"{FILE_NAME}, project {project.name}")


async def _check_environment(session: Session, project: Project | None) -> Sequence[Check]:
    if project is None:
        # The key and the network can be looked at all the same, as they are by default.
        name = session.settings.environment or Environment().name
        _, checks = await check_api(session, Project("unknown", Environment(name)))
        unseen = Check("warn", "state", "not looked at: the project file says where it is")
        return [*checks, unseen]
    loaded, definitions = check_definitions(session)
    checks = [definitions]
    if loaded is not None:
        checks.append(check_secrets(session, loaded))
    found, answered = await check_api(session, project)
    state, kept = await check_state(session, project)
    remembered = state.org_id if state else None
    checks += answered
    checks += check_organisation(found, project.environment.org_id, remembered)
    checks += kept
    location = session.location(project)
    in_git = check_state_in_git(session, location.folder, location.url)
    return [*checks, in_git] if in_git else checks
