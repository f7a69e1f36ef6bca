"""Which assistants nobody seems to need, by what refers to them, their calls and age. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal

from assistants_sync.model.address import RemoteId
from assistants_sync.model.live import LiveObject
from assistants_sync.model.project import Project
from assistants_sync.model.usage import Usage

Verdict = Literal["stale", "in use", "recent", "not ours", "unknown"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What counts as stale, and which to look at; None asks for nothing."""

    older_than: timedelta | None = None
    unused_for: timedelta | None = None
    name: str | None = None
    unreferenced: bool = False
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One assistant no state owns, and why it is thought to be stale or not. Times are ISO 8601."""

    id: RemoteId
    name: str | None
    owner: str | None
    created_at: str | None
    updated_at: str | None
    last_call: str | None
    references: int
    live_calls: int
    verdict: Verdict
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """All that was read about unowned assistants; `calls_since` is how far back calls were read.

    `lineage` is that of the state they were surveyed for.
    """

    objects: tuple[LiveObject, ...]
    usage: Usage
    last_calls: Mapping[RemoteId, str] = field(default_factory=dict)
    calls_since: str | None = None
    lineage: str | None = None


def find_stale(
    survey: Survey, project: Project, filters: Filters, now: datetime
) -> tuple[Candidate, ...]:
    """Judge every assistant the filters leave in."""
    return tuple(
        _judge(survey, project, filters, live, now)
        for live in survey.objects
        if _is_asked_for(survey, filters, live, now)
    )


def ordered(candidates: Sequence[Candidate], by: str) -> tuple[Candidate, ...]:
    """Sort by one column; equal ones by name and id."""

    def place(each: Candidate) -> tuple[str, str, str]:
        columns = {
            "created": each.created_at,
            "updated": each.updated_at,
            "last-call": each.last_call,
            "references": f"{each.references:09}",
            "verdict": each.verdict,
        }
        return columns.get(by) or "", each.name or "", each.id

    return tuple(sorted(candidates, key=place))


def _is_asked_for(survey: Survey, filters: Filters, live: LiveObject, now: datetime) -> bool:
    if filters.ids and live.id not in filters.ids:
        return False
    if filters.name is not None and not fnmatchcase(live.name or "", filters.name):
        return False
    if filters.unreferenced and survey.usage.references.get(live.id):
        return False
    if filters.older_than is not None and not _is_older(live.created_at, filters.older_than, now):
        return False
    last = survey.last_calls.get(live.id)
    return filters.unused_for is None or last is None or _is_older(last, filters.unused_for, now)


def _judge(
    survey: Survey, project: Project, filters: Filters, live: LiveObject, now: datetime
) -> Candidate:
    references = survey.usage.references.get(live.id, ())
    calls = survey.usage.calls.get(live.id, ())
    owner = live.marker.project if live.marker else None
    verdict, reasons = _verdict(survey, project, filters, live, now)
    return Candidate(
        id=live.id,
        name=live.name,
        owner=owner,
        created_at=live.created_at,
        updated_at=live.updated_at,
        last_call=survey.last_calls.get(live.id),
        references=len(references),
        live_calls=len(calls),
        verdict=verdict,
        reasons=reasons,
    )


def _verdict(
    survey: Survey, project: Project, filters: Filters, live: LiveObject, now: datetime
) -> tuple[Verdict, tuple[str, ...]]:
    marker = live.marker
    if marker and (marker.project, marker.environment) != (project.name, project.environment.name):
        return "not ours", (f"marked by project {marker.project}, {marker.environment}",)
    if marker and marker.lineage != survey.lineage:
        return "not ours", ("another state of this project owns it; is it lost? `state rebuild`",)
    needs = tuple(_needs(survey, live))
    if needs:
        return "in use", needs
    if survey.usage.unreadable:
        return "unknown", tuple(f"{kind} unreadable" for kind in survey.usage.unreadable)
    grace = filters.unused_for or timedelta(days=14)
    last = survey.last_calls.get(live.id)
    if last is not None and not _is_older(last, grace, now):
        return "recent", (f"last call {last}",)
    if not _is_older(live.updated_at or live.created_at, timedelta(days=1), now):
        return "recent", ("changed within a day",)
    reasons = ["nothing refers to it"]
    reasons.append(f"last call {last}" if last else f"no call since {survey.calls_since}")
    if marker:
        reasons.append("bears our marker, but no state owns it (a copy?)")
    return "stale", tuple(reasons)


def _needs(survey: Survey, live: LiveObject) -> Iterator[str]:
    for reference in survey.usage.references.get(live.id, ()):
        yield f"used by {reference}"
    for call in survey.usage.calls.get(live.id, ()):
        yield f"call {call}"


def _is_older(time: str | None, age: timedelta, now: datetime) -> bool:
    """Whether a time lies so far back; one nobody told counts as recent."""
    try:
        moment = datetime.fromisoformat(time or "")
    except ValueError:
        return False
    return now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) >= age
