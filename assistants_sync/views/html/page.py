"""The whole document: its style and its script are named by hash, and nothing else may run."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from assistants_sync.model.plan import Change, Plan
from assistants_sync.views.danger import by_danger
from assistants_sync.views.html.change import change_markup
from assistants_sync.views.html.head import head_markup, tools_markup
from assistants_sync.views.html.markup import NOTHING, Markup, element

_FEW: Final = 5
"""So many changes are all shown open."""


def _part(name: str) -> Markup:
    """A file of ours, as it is; its text is no remote text."""
    return Markup(files(__package__).joinpath(name).read_text("utf-8"))


_STYLE: Final = _part("style.css")
_SCRIPT: Final = _part("page.js")


def _hash(part: Markup) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(part.html.encode()).digest()).decode()}'"


_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src {_hash(_STYLE)}",
        f"script-src {_hash(_SCRIPT)}",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
    )
)


def render_html(plan: Plan) -> str:
    """Give the plan as one page in UTF-8; equal plans give equal bytes."""
    groups = by_danger(plan)
    is_open = sum(len(group) for group in groups.values()) <= _FEW
    sections = (
        _section(number, title, group, is_open=is_open)
        for number, (title, group) in enumerate(groups.items())
    )
    body = element(
        "body",
        element("a", "Skip to the changes", href="#changes", class_="skip"),
        head_markup(plan),
        tools_markup(plan) if groups else NOTHING,
        element(
            "main",
            _nothing() if groups else element("p", "Nothing would be changed.", class_="empty"),
            *sections,
            id="changes",
            class_="wide",
            tabindex="-1",
        ),
        element("script", _SCRIPT) if groups else NOTHING,
    )
    return f"<!doctype html>\n{element('html', _head(plan), body, lang='en').html}\n"


def _head(plan: Plan) -> Markup:
    kind = "Drift" if plan.options.drift_only else "Plan"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", f"{kind}: {plan.project} / {plan.environment}"),
        element("style", _STYLE),
    )


def _nothing() -> Markup:
    clear = element("button", "Show everything", id="clear", type="button")
    parts = element("p", "Nothing fits this filter."), element("p", clear)
    return element("div", *parts, class_="empty", id="nothing", hidden=True)


def _section(number: int, title: str, group: Sequence[Change], *, is_open: bool) -> Markup:
    name = f"group-{number}"
    count = element("span", f"{len(group):,}", class_="count")
    changes = (change_markup(change, is_open=is_open) for change in group)
    return element(
        "section",
        element("h2", title, " ", count, id=name),
        element("ul", *changes, role="list"),
        aria_labelledby=name,
    )
