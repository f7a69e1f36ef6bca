"""Runs of the past: for people a line for each, or one in full; and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from assistants_sync.model.history import RunRecord
from assistants_sync.views.escape import escape

RUNS_FORMAT: Final = "1.0"


def render_runs(runs: Sequence[RunRecord]) -> str:
    """Give a line for each run, the newest first."""
    if not runs:
        return "No run is recorded.\n"
    newest_first = sorted(runs, key=lambda run: (run.started_at, run.id), reverse=True)
    return "".join(f"{_line(run)}\n" for run in newest_first)


def render_run(run: RunRecord) -> str:
    """Give one run: who, when, which plan, and each change with its end."""
    lines = [
        _line(run),
        f"  command  {escape(run.command)}",
        f"  digest   {escape(run.digest)}",
        f"  ended    {escape(run.ended_at)}{', interrupted' if run.was_interrupted else ''}",
    ]
    for change in run.changes:
        remote_id = f" ({escape(change.id)})" if change.id else ""
        lines.append(f"  {escape(change.address)}{remote_id}: {change.action} {change.outcome}")
        if change.paths:
            lines.append(f"      {escape(', '.join(change.paths))}")
        if change.error:
            lines.append(f"      {escape(change.error)}")
        if change.request_ids:
            lines.append(f"      request ids  {escape(', '.join(change.request_ids))}")
    return "\n".join(lines) + "\n"


def render_runs_json(runs: Sequence[RunRecord]) -> str:
    """Give the document of runs, in the order they are in."""
    document = {"format_version": RUNS_FORMAT, "runs": [asdict(each) for each in runs]}
    return json.dumps(document, indent=2) + "\n"


def _line(run: RunRecord) -> str:
    counts = ", ".join(f"{count} {outcome}" for outcome, count in run.counts.items())
    who = escape(run.who)
    return f"{escape(run.started_at)}  {escape(run.id)}  {who}: {counts or 'nothing to do'}"
