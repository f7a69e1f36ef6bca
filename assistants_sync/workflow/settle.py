"""Looking, and looking again once what nobody could know has become known."""

from typing import Final

from assistants_sync.model.event import Waiting
from assistants_sync.model.state import Snapshot
from assistants_sync.observe import Job, Observed, observe
from assistants_sync.usage import read_calls
from assistants_sync.workflow.writers import Writers

_CALL_POLL_SECONDS: Final = 10.0
_CLOCK_SLACK_SECONDS: Final = 5.0


async def observe_settled(job: Job, snapshot: Snapshot, writers: Writers) -> Observed:
    """Observe; where a create may still arrive, or calls are under way, wait and look again."""
    observed = await observe(job, snapshot, writers.api, writers.clock)
    api = job.project.environment.api
    # Not once alone: the server's clock counts whole seconds, and the servers behind one address
    # differ a little. Not for ever: it may also stand still.
    patience = api.timeout_seconds + api.settle_seconds + _CLOCK_SLACK_SECONDS
    while observed.recovery.wait_seconds > 0 and patience > 0 and not writers.should_stop():
        pause = min(max(observed.recovery.wait_seconds, 1.0), patience)
        writers.emit(Waiting(pause, "a create of an earlier run may still arrive"))
        await _pause(writers, pause)
        patience -= pause
        observed = await observe(job, snapshot, writers.api, writers.clock)
    if await _wait_for_calls(writers, observed):
        observed = await observe(job, snapshot, writers.api, writers.clock)
    return observed


async def _wait_for_calls(writers: Writers, observed: Observed) -> bool:
    """Wait until the calls of what is to be deleted are over; say whether there were any."""
    usage = observed.inputs.usage
    busy = [
        remote_id
        for remote_id, calls in (usage.calls if usage else {}).items()
        if any(call.is_live for call in calls)
    ]
    patience = writers.wait_for_calls_seconds
    if not busy or patience <= 0:
        return False
    while busy and patience > 0 and not writers.should_stop():
        pause = min(_CALL_POLL_SECONDS, patience)
        writers.emit(Waiting(pause, f"calls of {len(busy)} assistants to delete are under way"))
        await _pause(writers, pause)
        patience -= pause
        answers = [await read_calls(writers.api, remote_id) for remote_id in busy]
        busy = [
            remote_id
            for remote_id, calls in zip(busy, answers, strict=True)
            if isinstance(calls, str) or any(call.is_live for call in calls)
        ]
    return True


async def _pause(writers: Writers, seconds: float) -> None:
    while seconds > 0 and not writers.should_stop():
        await writers.clock.sleep(min(seconds, 1.0))
        seconds -= 1.0
