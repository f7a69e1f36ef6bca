"""The top of a page: which plan this is, what it comes to, and whether it may run."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from assistants_sync.model.plan import Action, Plan
from assistants_sync.planning.document import (
    count_requests,
    digest_of_plan,
    summarise,
)
from assistants_sync.views.danger import by_danger
from assistants_sync.views.html.change import block_markup
from assistants_sync.views.html.groups import kinds_of
from assistants_sync.views.html.markup import NOTHING, Markup, element, isolated, joined, unseen

_VERBS: Final = (Action.DELETE, Action.UPDATE, Action.CREATE, Action.FORGET)
_CHIPS: Final = (*_VERBS, Action.NO_OP, "destructive", "conflict", "drift", "blocked")


def head_markup(plan: Plan) -> Markup:
    """Give the header: project and environment, the verdict, the facts, the plan's own blocks."""
    kicker = "Drift" if plan.options.drift_only else "Plan"
    title = (isolated(plan.project), " ", element("span", "/ ", class_="env", aria_hidden="true"))
    environment = element("span", unseen("environment "), isolated(plan.environment), class_="env")
    blocks = tuple(map(block_markup, plan.blocks))
    return element(
        "header",
        element(
            "div",
            element("p", f"assistants-sync · {kicker}", class_="kicker"),
            element("h1", *title, environment),
            element("p", *_verdict(plan), class_="verdict"),
            _bar(plan),
            element("dl", *_facts(plan), class_="facts"),
            element("button", "Light / dark", id="light", type="button", hidden=True),
            element("div", *blocks, class_="plan-blocks") if blocks else NOTHING,
            class_="wide",
        ),
    )


def tools_markup(plan: Plan) -> Markup:
    """Give the tools, hidden until the script that they need runs."""
    kinds = Counter(
        kind for group in by_danger(plan).values() for change in group for kind in kinds_of(change)
    )
    chips = (
        element(
            "button",
            element("b", f"{kinds[kind]:,}"),
            " ",
            kind,
            type="button",
            class_=f"chip {kind}",
            data_filter=kind,
            aria_pressed="false",
        )
        for kind in _CHIPS
        if kinds[kind]
    )
    shown = element("div", *chips, class_="chips", role="group", aria_label="Filter by kind")
    inner = element("div", shown, _find(), class_="wide")
    return element("div", inner, class_="tools", role="search", hidden=True)


def _find() -> Markup:
    search = element(
        "div",
        element(
            "input",
            id="search",
            type="search",
            placeholder="Search address, name, path",
            aria_label="Search address, name, path, file or id",
            aria_keyshortcuts="/",
            autocomplete="off",
            spellcheck="false",
        ),
        element("kbd", "/", aria_hidden="true"),
        class_="search",
    )
    return element(
        "div",
        search,
        element("span", class_="told", id="told", role="status"),
        element("button", "Expand all", id="expand", type="button"),
        element("button", "Collapse all", id="collapse", type="button"),
        class_="find",
    )


def _verdict(plan: Plan) -> Iterator[Markup | str]:
    counts = summarise(plan)
    if plan.options.drift_only:
        yield f"{len(plan.changes):,} of {plan.owned_count:,} owned were changed on the server."
    elif not plan.has_changes:
        is_partial = bool(plan.refusals) or plan.options.rollback is not None
        as_defined = "" if is_partial else f" {plan.owned_count:,} owned, all as defined."
        yield f"No changes.{as_defined}"
    else:
        told = [(verb, counts[verb]) for verb in _VERBS if counts[verb]]
        for at, (verb, count) in enumerate(told):
            yield ", " if at else ""
            yield element("b", f"{count:,} to {verb}", class_=verb)
        yield "."
    for kind, words in (("conflict", "in conflict"), ("blocked", "blocked")):
        if counts[kind]:
            yield " "
            yield element("b", f"{counts[kind]:,} {words}", class_=kind)
            yield "."
    if plan.refusals:
        yield " Apply refuses this plan as it is."


def _bar(plan: Plan) -> Markup:
    """The actions as parts of one bar; the words beside it say the same."""
    counts = summarise(plan)
    total = sum(counts[verb] for verb in _VERBS)
    if not total:
        return NOTHING
    parts: list[Markup] = []
    start = 0.0
    for verb in _VERBS:
        width = 100 * counts[verb] / total
        size = {"x": f"{start:.2f}", "width": f"{width:.2f}", "height": "1"}
        parts.append(element("rect", class_=verb, **size) if width else NOTHING)
        start += width
    return element(
        "svg",
        *parts,
        class_="bar",
        viewBox="0 0 100 1",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _facts(plan: Plan) -> Iterator[Markup]:
    options, generation = plan.options, plan.generation
    sent = [f"{count:,} {method}" for method, count in count_requests(plan).items() if count]
    digest = digest_of_plan(plan)
    yield _fact("Digest", element("code", digest, class_="digest"))
    yield _fact("Owned", f"{plan.owned_count:,}")
    yield _fact("Applying it sends", ", ".join(sent) or "nothing")
    for name, addresses in (("Only", options.targets), ("Not", options.excludes)):
        if addresses:
            yield _fact(name, element("code", isolated(", ".join(addresses))))
    if options.rollback is not None:
        yield _fact("Back to before run", element("code", isolated(options.rollback)))
    if plan.unmanaged_count and not options.cleanup:
        yield _fact("Not managed here", f"{plan.unmanaged_count:,}, left alone")
    if plan.copies:
        copies = element("code", isolated(", ".join(plan.copies)))
        yield _fact("Bear our marker, unknown to us", copies)
    if plan.org_id:
        yield _fact("Organisation", element("code", isolated(plan.org_id)))
    if generation:
        yield _fact("State", f"serial {generation.serial}, journal {generation.journal}")
    yield _fact("Made by", joined("assistants-sync ", isolated(plan.tool_version)))


def _fact(name: str, value: Markup | str) -> Markup:
    return element("div", element("dt", name), " ", element("dd", value))
