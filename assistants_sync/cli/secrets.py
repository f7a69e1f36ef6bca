"""Where secrets come from: the environment, then `.env` files, then the project's own command."""

from collections.abc import Iterable, Mapping

from assistants_sync.cli.settings import Settings
from assistants_sync.model.project import Environment, Project


def secret_values(settings: Settings, project: Project, names: Iterable[str]) -> dict[str, str]:
    """Give the values of these names, as far as there are any.

    Raises:
        DefinitionError: a `.env` file is not understood.
        AccessError: the command is not allowed here, or failed.
    """
    written = dotenv(settings, project.environment)
    wanted = sorted(set(names))
    known = {name: settings.environ.get(name) or written.get(name) or "" for name in wanted}
    missing = [name for name, value in known.items() if not value]
    if missing and project.environment.secret_command:
        from assistants_sync.cli.secret_command import ask_command

        known |= ask_command(project.environment.secret_command, missing, settings.environ)
    return {name: value for name, value in known.items() if value}


def dotenv(settings: Settings, environment: Environment) -> Mapping[str, str]:
    """Give what the `.env` files of an environment say.

    Raises:
        DefinitionError: one is not understood.
    """
    from assistants_sync.definitions.dotenv import read_dotenv

    return read_dotenv(settings.root.resolve(), environment.name)
