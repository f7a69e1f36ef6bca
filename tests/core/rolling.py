"""A world whose runs can be undone."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from world import EVERYTHING, World

from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.history import RunRecord
from assistants_sync.model.plan import Action, Plan, PlanOptions
from assistants_sync.planning.consent import Consent


class Rolling(World):
    """A world with `rollback`; every run begins a second after the last one."""

    def runs(self) -> tuple[RunRecord, ...]:
        """Give every run that is kept, the oldest first."""
        return asyncio.run(self.store().history())

    def run(self, options: PlanOptions | None = None) -> str:
        """Apply what is defined, consenting to all of it; give the id of the run."""
        self.carry_out(self.plan(options), options or self.options)
        return self.runs()[-1].id

    def plan_back(self, run: str, options: PlanOptions | None = None) -> Plan:
        """Plan the way back to before a run."""
        return self.plan(replace(options or self.options, rollback=run))

    def roll_back(self, run: str, options: PlanOptions | None = None) -> ApplyFinished:
        """Plan the way back, and apply that plan as it was saved."""
        plan = self.plan_back(run, options)
        return self.carry_out(plan, plan.options, saved=plan)

    def carry_out(
        self, plan: Plan, options: PlanOptions, saved: Plan | None = None
    ) -> ApplyFinished:
        """Apply, agreeing to exactly the deletions and losses of this plan."""
        self.pass_time()
        return self.apply(agreed(plan), saved, options)

    def pass_time(self) -> None:
        """Let a second pass."""
        self.clock.time += timedelta(seconds=1)

    def ids(self) -> dict[str, str]:
        """Give the id owned at each address."""
        return {address: owned.id for address, owned in self.owned.items()}


def agreed(plan: Plan) -> Consent:
    """Give the consent to exactly what is dangerous in a plan."""
    return replace(
        EVERYTHING,
        allow_deletes=len(plan.of(Action.DELETE)) or None,
        allow_destructive=sum(bool(each.destructive) for each in plan.changes),
    )
