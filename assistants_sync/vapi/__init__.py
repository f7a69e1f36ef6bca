"""Floor 4, a door: the Vapi API over HTTP. The only importer of httpx."""

from assistants_sync.vapi.client import VapiClient, in_process
from assistants_sync.vapi.endpoint import Endpoint, check_endpoint
from assistants_sync.vapi.redactor import Redactor

__all__ = ["Endpoint", "Redactor", "VapiClient", "check_endpoint", "in_process"]
