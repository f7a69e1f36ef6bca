"""What went wrong for others before, looked for in each definition; told, and refuses nothing."""

from assistants_sync.definitions.lints.check import check_lints
from assistants_sync.definitions.lints.rules import LINTS, UNUSED, Lint
from assistants_sync.definitions.lints.table import lint_texts, render_lints

__all__ = ["LINTS", "UNUSED", "Lint", "check_lints", "lint_texts", "render_lints"]
