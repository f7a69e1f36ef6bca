"""Words a flag may take that are known elsewhere too: here, so that `--help` imports nothing."""

from typing import Final

SORTS: Final = ("name", "created", "updated", "last-call", "references", "verdict")
"""The columns `cleanup list` can be sorted by."""
