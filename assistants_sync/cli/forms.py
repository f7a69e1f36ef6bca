"""What renders a plan or faults in each form; imported where one is asked for, not before."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Plan
from assistants_sync.views.annotations import render_annotations
from assistants_sync.views.gitlab import render_gitlab
from assistants_sync.views.html import render_html
from assistants_sync.views.junit import render_faults_junit, render_junit
from assistants_sync.views.markdown import render_faults_markdown, render_markdown
from assistants_sync.views.plan_json import render_plan_json
from assistants_sync.views.run import Run
from assistants_sync.views.sarif import render_faults_sarif, render_sarif

PLAN_FORMS: Final[Mapping[str, Callable[[Plan, str], str]]] = {
    "json": lambda plan, _: render_plan_json(plan),
    "markdown": lambda plan, _: render_markdown(plan),
    "html": lambda plan, _: render_html(plan),
    "gitlab": lambda plan, _: render_gitlab(plan),
    "junit": render_junit,
    "sarif": render_sarif,
}
"""Each takes the plan, and the folder that its readers have to put before a file's name."""
FAULT_FORMS: Final[Mapping[str, Callable[[Sequence[Diagnostic], Run], str]]] = {
    "markdown": render_faults_markdown,
    "junit": render_faults_junit,
    "sarif": render_faults_sarif,
    "github": render_annotations,
}
