"""The part of a plan that is drift: what somebody else changed on the server."""

from dataclasses import replace

from assistants_sync.model.plan import Action, Change, Plan, Reason


def drift_of(plan: Plan) -> Plan:
    """Give the plan limited to drift, conflicts, kept differences, and objects that are gone."""
    changes = tuple(
        _only_drift(change)
        for change in plan.changes
        if change.drift or change.reason is Reason.GONE
    )
    return replace(plan, changes=changes, blocks=())


def _only_drift(change: Change) -> Change:
    fields = change.drift if change.action is Action.UPDATE else change.fields
    return replace(change, fields=fields, destructive=())
