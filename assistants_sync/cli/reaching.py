"""How the API is reached: at which address, and with which key."""

from typing import Final

from assistants_sync.cli.secrets import dotenv
from assistants_sync.cli.settings import Settings
from assistants_sync.model.project import Environment
from assistants_sync.model.value import Secret
from assistants_sync.vapi.endpoint import Endpoint, check_endpoint

EMULATOR_URL: Final = "http://127.0.0.1"
"""Never connected to: the emulator answers in this process."""


def endpoint_of(settings: Settings, environment: Environment) -> Endpoint:
    """Give where requests of an environment go, and with which key.

    Raises:
        UsageError: a key may not go there.
        AccessError: there is no key.
    """
    if settings.use_emulator:
        base_url, token = EMULATOR_URL, Secret("emulator-key", name="the emulator's key")
    else:
        base_url = check_endpoint(settings.base_url(environment), settings.allowed_hosts)
        token = settings.token(environment, dotenv(settings, environment))
    return Endpoint(base_url, token, environment.api.timeout_seconds)
