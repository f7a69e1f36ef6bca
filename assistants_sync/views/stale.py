"""Candidates for a clean-up, as a table, as JSON, as CSV."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from assistants_sync.planning.stale import Candidate
from assistants_sync.views.escape import escape, shorten

_COLUMNS: Final = (
    "id",
    "name",
    "owner",
    "created_at",
    "updated_at",
    "last_call",
    "references",
    "live_calls",
    "verdict",
    "reasons",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula."""


def render_candidates(candidates: Sequence[Candidate]) -> str:
    """Give a table: one line each, and its reasons below; then the counts by verdict."""
    lines = []
    for each in candidates:
        lines.append(
            f'{each.verdict:<8}  {escape(each.id)}  "{shorten(escape(each.name or ""), 40)}"  '
            f"created {_day(each.created_at)}, changed {_day(each.updated_at)}, "
            f"last call {_day(each.last_call)}, {each.references} references"
        )
        lines += [f"          {escape(reason)}" for reason in each.reasons]
    verdicts = [each.verdict for each in candidates]
    counts = ", ".join(f"{verdicts.count(one)} {one}" for one in sorted(set(verdicts)))
    lines.append(
        f"{len(candidates)} assistants that no state owns{': ' if counts else ''}{counts}."
    )
    return "\n".join(lines) + "\n"


def render_candidates_json(candidates: Sequence[Candidate]) -> str:
    """Give one document."""
    content = {"format_version": "1.0", "candidates": [asdict(each) for each in candidates]}
    return json.dumps(content, indent=2) + "\n"


def render_candidates_csv(candidates: Sequence[Candidate]) -> str:
    """Give a header and a line each; no cell is a formula."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for each in candidates:
        row = asdict(each)
        row["reasons"] = "; ".join(each.reasons)
        table.writerow([_cell(row[column]) for column in _COLUMNS])
    return text.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else escape(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _day(time: str | None) -> str:
    return escape(time[:10]) if time else "never"
