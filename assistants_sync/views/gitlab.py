"""A plan as GitLab's merge requests count it."""

import json

from assistants_sync.model.plan import Plan
from assistants_sync.planning.document import summarise


def render_gitlab(plan: Plan) -> str:
    """Give the report for `artifacts:reports:terraform`.

    Source: gitlab.com/gitlab-org/gitlab/-/merge_requests/26830 (read 2026-11-21).
    """
    counts = summarise(plan)
    return json.dumps({action: counts[action] for action in ("create", "update", "delete")}) + "\n"
