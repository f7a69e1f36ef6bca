"""`${var.name}` in text; every other `${…}` is left alone, and `$${` is a literal `${`."""

import re
from collections.abc import Mapping
from typing import Final

from assistants_sync.definitions.faults import Faults, did_you_mean
from assistants_sync.model.source import SourceRef

NAME: Final = r"[A-Za-z_][A-Za-z0-9_-]*"

_REFERENCE: Final = re.compile(rf"(?P<escape>\$\$\{{)|\$\{{var\.((?P<name>{NAME})\}})?")
_TO_ESCAPE: Final = re.compile(r"\$\{(?=var\.)|(?<=\$)\$\{")


def expand(text: str, variables: Mapping[str, str], faults: Faults, where: SourceRef) -> str:
    """Give the text with every variable replaced; unknown ones are noted as faults."""
    if "${" not in text:
        return text

    def value(found: re.Match[str]) -> str:
        if found["escape"]:
            return "${"
        name = found["name"]
        if name is None:
            faults.add(
                "Bad variable",
                "`${var.` is not followed by a name and `}`",
                where,
                hint="write `${var.NAME}`, or `$${var.` for the text itself",
            )
        elif name not in variables:
            faults.add(
                "Unknown variable",
                f"`{name}` is not among the `vars` of this environment",
                where,
                hint=did_you_mean(name, variables) or "set it under `vars` in the project file",
            )
        return variables.get(name or "", "")

    return _REFERENCE.sub(value, text)


def escape(text: str) -> str:
    """Give the text that `expand` turns into this one, whatever the variables."""
    return _TO_ESCAPE.sub("$${", text)
