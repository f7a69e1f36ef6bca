"""What `doctor` found, for people and for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Final

from assistants_sync.model.check import Check, Level
from assistants_sync.views.escape import escape
from assistants_sync.views.paint import Paint, painted

_PAINTS: Final[dict[Level, Paint]] = {
    "ok": Paint.ADD,
    "warn": Paint.CHANGE,
    "fail": Paint.DANGER,
}


def render_checks(checks: Sequence[Check], *, colour: bool = False) -> str:
    """Give a line for each, its hint below it, those of an environment together; then the sum."""
    width = max((len(each.what) for each in checks), default=0)
    lines: list[str] = []
    for environment, group in groupby(checks, key=lambda each: each.environment):
        if environment is not None:
            lines.append(f"Environment {escape(environment)}:")
        for each in group:
            level = painted(f"{each.level:<4}", _PAINTS[each.level], colour=colour)
            lines.append(f"{level}  {each.what:<{width}}  {escape(each.detail)}")
            if each.hint:
                lines.append(f"{'':<{width + 8}}hint: {escape(each.hint)}")
    levels = [each.level for each in checks]
    told = f"{len(levels)} checks: {levels.count('fail')} failed, {levels.count('warn')} warned."
    return "\n".join([*lines, "", told]) + "\n"


def render_checks_json(checks: Sequence[Check]) -> str:
    """Give one document."""
    content = {
        "format_version": "1.0",
        "healthy": all(each.level != "fail" for each in checks),
        "checks": [asdict(each) for each in checks],
    }
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"
