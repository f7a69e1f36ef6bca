"""A plan as its JSON document."""

import json
from datetime import datetime

from assistants_sync.model.plan import Plan
from assistants_sync.planning.document import render_plan


def render_plan_json(plan: Plan, created_at: datetime | None = None) -> str:
    """Give the plan document; equal plans give equal bytes, but for when one is saved."""
    return json.dumps(render_plan(plan, created_at), indent=2, ensure_ascii=True) + "\n"
