"""Floor 4: the door to the definitions. Files in, what is wanted out; nothing here writes one."""

from assistants_sync.definitions.load import Loaded, load, load_each
from assistants_sync.definitions.secrets import bind_secrets
from assistants_sync.definitions.write import dump_definition

__all__ = ["Loaded", "bind_secrets", "dump_definition", "load", "load_each"]
