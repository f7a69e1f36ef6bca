"""What a command that writes is given: the lock, the doors, progress, and who listens to Ctrl-C."""

import secrets
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from assistants_sync.cli.arguments import Arguments
from assistants_sync.cli.interrupt import Interrupt, interruptible
from assistants_sync.cli.progress import ProgressReport
from assistants_sync.cli.session import Session
from assistants_sync.model.project import Project
from assistants_sync.workflow.writers import Writers

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Writing:
    """The doors, open; and whether the user asked to stop."""

    writers: Writers
    interrupt: Interrupt


@asynccontextmanager
async def writing(
    session: Session, arguments: Arguments, project: Project, command: str
) -> AsyncIterator[Writing]:
    """Hold the lock from before anything is read to the very end, and show what happens."""
    with (
        interruptible(session.console.talk) as interrupt,
        ProgressReport(session.console, session.settings) as report,
    ):
        async with (
            session.locked_state(
                project, command, arguments.lock_timeout, should_stop=interrupt
            ) as store,
            session.api(project, arguments.parallelism, should_stop=interrupt) as api,
        ):
            writers = Writers(
                api=api,
                store=store,
                clock=session.clock,
                emit=report,
                new_id=lambda: str(uuid.uuid4()),
                new_key=lambda: secrets.token_hex(_KEY_BYTES),
                run_id=session.run_id,
                should_stop=interrupt,
                parallelism=arguments.parallelism,
                wait_for_calls_seconds=arguments.wait_for_calls,
                who=session.who,
                command=command,
            )
            yield Writing(writers, interrupt)
