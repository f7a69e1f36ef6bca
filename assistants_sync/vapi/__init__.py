"""Floor 4, a door: the Vapi API over HTTP. The only importer of httpx.

`client` is the door itself. Nothing of it is imported here, so that a command without network can
use `redactor` and `endpoint` alone and start fast.
"""

import sys
from types import ModuleType
from typing import Final

_HTTPX_COMMAND: Final = "httpx._main"
"""httpx's own command line: it does without where click is missing, and so do we where it is there,
for with rich and pygments it takes nearly as long to import as all the rest of httpx."""

sys.modules.setdefault(_HTTPX_COMMAND, ModuleType(_HTTPX_COMMAND))
