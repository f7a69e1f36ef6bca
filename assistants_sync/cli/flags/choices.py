"""Words a flag may take that are known elsewhere too: here, so that `--help` imports nothing."""

from typing import Final

SORTS: Final = ("name", "created", "updated", "last-call", "references", "verdict")
"""The columns `cleanup list` can be sorted by."""

PLAN_FORMATS: Final = ("human", "json", "markdown", "html", "gitlab", "junit", "sarif")
"""The forms a plan is shown in."""

PLAN_FILES: Final = PLAN_FORMATS[2:]
"""Those that are also written to a file, beside the terminal's."""

FAULT_FORMATS: Final = ("human", "json", "junit", "sarif", "github")
"""The forms `validate` tells its faults in."""

FAULT_FILES: Final = ("junit", "sarif")
"""Those of them that are also written to a file."""

SHELLS: Final = ("bash", "zsh", "fish")
"""The shells `completion` speaks."""

FORGES: Final = ("github", "gitlab", "none")
"""Whose pipelines `init` can set up."""
