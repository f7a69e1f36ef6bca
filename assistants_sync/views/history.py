"""Runs of the past for people: a line for each, and one in full."""

from collections.abc import Sequence

from assistants_sync.model.history import RunRecord
from assistants_sync.views.escape import escape


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
    return "\n".join(lines) + "\n"


def _line(run: RunRecord) -> str:
    counts = ", ".join(f"{count} {outcome}" for outcome, count in run.counts.items())
    who = escape(run.who)
    return f"{escape(run.started_at)}  {escape(run.id)}  {who}: {counts or 'nothing to do'}"
