"""What things are called there: folders of kinds, environments, slugs; and the keys they get here.

Source: VapiAI/gitops src/resource-parse.ts and docs/guides/how-it-works.md, read 2026-11-21; one
`resources/` for every environment was its layout before docs/environment-scoped-resources.md.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from assistants_sync.model.address import KEY

ASSISTANTS: Final = "assistants"
FOLDERS: Final[Mapping[str, str]] = {
    "tools": "tools",
    "structuredOutputs": "structuredOutputs",
    ASSISTANTS: ASSISTANTS,
    "squads": "squads",
    "personalities": "simulations/personalities",
    "scenarios": "simulations/scenarios",
    "simulations": "simulations/tests",
    "simulationSuites": "simulations/suites",
    "evals": "evals",
}
"""The folder of each kind, below the environment's."""

SUFFIXES: Final = (".md", ".yml", ".yaml", ".ts")
_STATE: Final = re.compile(r"\.vapi-state\.(.+)\.json")
_BACKUP: Final = re.compile(r"\.bkp\.[^.]+\Z")
_LONGEST: Final = 60


def environments_of(root: Path) -> tuple[str, ...]:
    """Give the environments of a gitops repository, sorted: by their folders or state files."""
    resources = root / "resources"
    found = {
        each.name
        for each in (resources.iterdir() if resources.is_dir() else ())
        if each.is_dir() and not is_shared(root) and _holds_kinds(each)
    }
    for each in root.iterdir() if root.is_dir() else ():
        matched = _STATE.fullmatch(each.name)
        if matched:
            found.add(matched[1])
    return tuple(sorted(found))


def is_shared(root: Path) -> bool:
    """Say whether one set of resources serves every environment, as in the older layout."""
    return _holds_kinds(root / "resources")


def state_name(environment: str) -> str:
    """Give the name of the state file of an environment."""
    return f".vapi-state.{environment}.json"


def is_backup(path: Path) -> bool:
    """Say whether a file is a copy put aside in a conflict, which gitops never loads."""
    return _BACKUP.search(path.name) is not None


def clean_slug(text: str) -> str:
    """Give the slug of a reference; what stands behind `##` is a remark."""
    return text.partition("##")[0].strip()


def is_ignored(folder: str, slug: str, patterns: Iterable[str]) -> bool:
    """Say whether a line of `.vapi-ignore` fits: `*` within a folder, `**` across folders."""
    parts = {"**": ".*", "*": "[^/]*", "?": "."}
    for pattern in patterns:
        pieces = re.split(r"(\*\*|\*|\?)", pattern)
        regex = "".join(parts.get(piece, re.escape(piece)) for piece in pieces)
        if re.fullmatch(regex, f"{folder}/{slug}"):
            return True
    return False


def keys_of(slugs: Iterable[str], environments: Iterable[str]) -> dict[str, str]:
    """Give the key of each slug: itself where it can be one, which nothing else takes from it.

    A key never ends in `.ENVIRONMENT`: its file would be an overlay.
    """
    known = sorted(set(slugs))
    ends = tuple(f".{each}" for each in environments)
    keys = {each: each for each in known if KEY.fullmatch(each) and not each.endswith(ends)}
    taken = set(keys)
    for slug in known:
        if slug not in keys:
            plain = _plain(slug, ends)
            key, number = plain, 1
            while key in taken:
                number += 1
                key = f"{plain}-{number}"
            keys[slug] = key
            taken.add(key)
    return keys


def folded(text: str) -> str:
    """Give a slug or the name of an environment as we can use it: small letters, no accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    key = re.sub(r"[^a-z0-9._-]+", "-", plain).strip("-._")[:_LONGEST].rstrip("-._")
    return key or "unnamed"


def _plain(slug: str, ends: tuple[str, ...]) -> str:
    key = folded(slug)
    return key.replace(".", "-") if key.endswith(ends) else key


def _holds_kinds(folder: Path) -> bool:
    return any((folder / each.partition("/")[0]).is_dir() for each in FOLDERS.values())
