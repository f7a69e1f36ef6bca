"""One look at the API, before anything depends on it."""

from assistants_sync.cli.reaching import endpoint_of
from assistants_sync.cli.session import Session
from assistants_sync.model.project import Project
from assistants_sync.vapi.probe import Probe, probe


async def look(session: Session, project: Project) -> Probe:
    """Say whether the API is there, takes the key, and whose it is; see `vapi.probe`.

    Raises:
        UsageError: a key may not go there.
        AccessError: there is no key.
        DefinitionError: a `.env` file is not understood.
    """
    endpoint = endpoint_of(session.settings, project.environment)
    with session.transport(project) as transport:
        return await probe(
            endpoint,
            clock=session.clock,
            redactor=session.redactor,
            transport=transport,
            on_exchange=session.console.exchange,
        )
