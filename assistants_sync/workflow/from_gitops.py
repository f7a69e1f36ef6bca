"""What another tool owned becomes ours: into state by its ids, and the plan that is left."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assistants_sync.importing import Choice, Wish, assume_unread
from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.plan import Plan
from assistants_sync.observe import Job
from assistants_sync.workflow.importing import run_import
from assistants_sync.workflow.plan import run_plan
from assistants_sync.workflow.writers import Writers


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What was taken into state, and the plan for all that is defined."""

    choice: Choice
    plan: Plan


async def run_from_gitops(
    job: Job, writers: Writers, bound: Mapping[Address, RemoteId]
) -> TakenOver:
    """Take what is live under these ids into state, as `import` does, then plan everything.

    Nothing is written to the API. A secret that nobody has set counts as the one that is live.

    Raises:
        StateError: an operation of an earlier run is not settled.
    """
    choice = await run_import(job, writers, Wish(bound=bound), lambda found: found)
    state = (await writers.store.read()).state
    listed = await writers.api.list_all(job.kind.name)
    live = {each.id: each for each in listed.objects}
    definitions = dict(job.desired.definitions)
    for address, owned in (state.owned if state else {}).items():
        if address in definitions and owned.id in live:
            definitions[address] = assume_unread(definitions[address], live[owned.id])
    desired = replace(job.desired, definitions=definitions)
    plan = await run_plan(replace(job, desired=desired), writers.api, writers.store, writers.clock)
    return TakenOver(choice, plan)
