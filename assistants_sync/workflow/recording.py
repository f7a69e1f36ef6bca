"""The record of one apply: listens to its events, and tells history how each change ended."""

from dataclasses import replace
from typing import assert_never

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.event import (
    ApplyFinished,
    ChangeApplied,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    Event,
    PlanAccepted,
    Waiting,
)
from assistants_sync.model.history import RunChange, RunOutcome, RunRecord
from assistants_sync.model.plan import Action, Change, Plan
from assistants_sync.model.value import to_dotted
from assistants_sync.planning.document import digest_of_plan
from assistants_sync.workflow.writers import Writers


class Recording:
    """An `EmitEvent` that passes every event on, and remembers how each change ended."""

    def __init__(self, writers: Writers, plan: Plan) -> None:
        self._writers, self._plan = writers, plan
        self._began = writers.clock.now()
        self._was_interrupted = False
        self._changes = {
            each.address: _not_tried(each)
            for each in plan.changes
            if each.action is not Action.NO_OP
        }

    def __call__(self, event: Event) -> None:
        """Remember one event, and pass it on."""
        match event:
            case ChangeApplied(address, _, remote_id, request_ids=named):
                self._end(address, "applied", named, remote_id=remote_id)
            case ChangeFailed(address, _, diagnostic, is_unknown, named):
                outcome: RunOutcome = "unknown" if is_unknown else "failed"
                why = f"{diagnostic.summary}: {diagnostic.detail}"
                self._end(address, outcome, named, error=why)
            case ChangeSkipped(address, _, reason, request_ids=named):
                self._end(address, "skipped", named, error=reason)
            case ApplyFinished(was_interrupted=was_interrupted):
                self._was_interrupted = was_interrupted
            case PlanAccepted() | ChangeStarted() | Waiting():
                pass
            case _:
                assert_never(event)
        self._writers.emit(event)

    def record(self) -> RunRecord:
        """Give the record of what happened until now."""
        plan, clock = self._plan, self._writers.clock
        return RunRecord(
            id=self._writers.run_id,
            command=self._writers.command,
            who=self._writers.who,
            started_at=self._began.isoformat(timespec="milliseconds"),
            ended_at=clock.now().isoformat(timespec="milliseconds"),
            tool_version=plan.tool_version,
            project=plan.project,
            environment=plan.environment,
            digest=digest_of_plan(plan),
            serial=plan.generation.serial if plan.generation else None,
            changes=tuple(self._changes.values()),
            was_interrupted=self._was_interrupted,
        )

    def _end(
        self,
        address: Address,
        outcome: RunOutcome,
        request_ids: tuple[str, ...],
        *,
        remote_id: RemoteId | None = None,
        error: str | None = None,
    ) -> None:
        change = self._changes.get(address)
        if change is not None:
            self._changes[address] = replace(
                change,
                outcome=outcome,
                id=remote_id or change.id,
                error=error,
                # A create may have a second half, which ends on its own.
                request_ids=change.request_ids + request_ids,
            )


def _not_tried(change: Change) -> RunChange:
    return RunChange(
        address=change.address,
        action=change.action,
        reason=change.reason,
        outcome="not tried",
        id=change.id,
        prior=change.before,
        prior_hashes=change.preconditions,
        paths=tuple(to_dotted(each.path) for each in change.fields),
    )
