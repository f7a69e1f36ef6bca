"""Runs one command line in this process and counts what it does; `work` runs it as a child.

The first argument is the file for the counts, a JSON object; the others are the command line.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import yaml
from deepdiff import DeepDiff

from assistants_sync.cli.main import main

_P = ParamSpec("_P")
_T = TypeVar("_T")

FSYNCS, YAML_TEXTS, DEEPDIFFS = "fsyncs", "YAML texts", "DeepDiffs"


def counting(counts: Counter[str], what: str, call: Callable[_P, _T]) -> Callable[_P, _T]:
    """Give a function that counts its calls under a name."""

    @wraps(call)
    def _counted(*arguments: _P.args, **named: _P.kwargs) -> _T:
        counts[what] += 1
        return call(*arguments, **named)

    return _counted


def _run(path: Path, argv: list[str]) -> int:
    counts = Counter({FSYNCS: 0, YAML_TEXTS: 0, DEEPDIFFS: 0})
    for owner, name, what in (
        (os, "fsync", FSYNCS),
        (yaml.CSafeLoader, "__init__", YAML_TEXTS),
        (DeepDiff, "__init__", DEEPDIFFS),
    ):
        setattr(owner, name, counting(counts, what, getattr(owner, name)))
    code = main(argv)
    path.write_text(json.dumps(counts))
    return code


if __name__ == "__main__":
    sys.exit(_run(Path(sys.argv[1]), sys.argv[2:]))
