"""What each view of a plan costs: 1,000 updates, each of an edited prompt.

Every change edits four of forty lines of a prompt, takes one out and puts one in, changes a name,
and reverts a drift; every second one is destructive. Text that is compared by its words, and
changes that stand alone, are what costs views most. For each view: the CPU seconds of this process
(the quickest of three) by those of `json.dumps` of the plan document, which is the floor; and the
peak memory beyond the plan itself, by 100 MB.
"""

import json
import random
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from ratios import Found, Measured

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.plan import Action, Change, FieldChange, FieldKind, Plan, Reason
from assistants_sync.model.source import SourceRef
from assistants_sync.model.state import Generation
from assistants_sync.model.value import JsonValue
from assistants_sync.planning.document import render_plan
from assistants_sync.views.gitlab import render_gitlab
from assistants_sync.views.html import render_html
from assistants_sync.views.human import render_human
from assistants_sync.views.junit import render_junit
from assistants_sync.views.markdown import render_markdown
from assistants_sync.views.paint import Detail
from assistants_sync.views.plan_json import render_plan_json
from assistants_sync.views.sarif import render_sarif

_WORDS: Final = ["the", "caller", "asks", "for", "an", "order", "look", "it", "up", "say", "when"]
_DESTRUCTIVE: Final = ((), ("it drops four fifths of the system text",))
_LINES, _EDITED, _ROUNDS = 40, 4, 3
COUNT: Final = 1_000
MOST_MEGABYTES: Final = 100

VIEWS: Final[Mapping[str, Callable[[Plan], str]]] = {
    "human": lambda plan: render_human(plan, colour=True),
    "full": lambda plan: render_human(plan, colour=True, detail=Detail.FULL),
    "summary": lambda plan: render_human(plan, colour=True, detail=Detail.SUMMARY),
    "json": render_plan_json,
    "markdown": render_markdown,
    "html": render_html,
    "gitlab": render_gitlab,
    "junit": lambda plan: render_junit(plan, ""),
    "sarif": lambda plan: render_sarif(plan, ""),
}


def make_plan(count: int) -> Plan:
    """Give a plan of so many updates; the same one each time."""
    chance = random.Random(7)  # noqa: S311 -- the same plan each time, and no secret
    changes = tuple(_change(number, chance) for number in range(count))
    return Plan(
        tool_version="0",
        project="benchmark",
        environment="default",
        org_id="org-1",
        lineage="lineage-1",
        generation=Generation(1, 0),
        changes=changes,
        owned_count=count,
    )


def _change(number: int, chance: random.Random) -> Change:
    lines = [" ".join(chance.choices(_WORDS, k=12)) for _ in range(_LINES)]
    before, after = _body(number, lines, 1), _body(number, _edited(lines, chance), 2)
    return Change(
        address=Address(f"assistant.desk-{number}"),
        action=Action.UPDATE,
        reason=Reason.DEFINITION_CHANGED,
        id=RemoteId(f"00000000-0000-4000-8000-{number:012}"),
        source=SourceRef(f"assistants/desk-{number}.yaml", 1, 1),
        name=f"Desk {number}",
        before=before,
        after=after,
        fields=(
            FieldChange(("model",), FieldKind.CHANGE, before["model"], after["model"]),
            FieldChange(("name",), FieldKind.CHANGE, before["name"], after["name"]),
            FieldChange(("voice",), FieldKind.DRIFT, before["voice"], after["voice"]),
        ),
        destructive=_DESTRUCTIVE[number % 2],
        preconditions=dict.fromkeys(before, "0" * 64),
    )


def _body(number: int, lines: list[str], edition: int) -> dict[str, JsonValue]:
    message: JsonValue = {"role": "system", "content": "\n".join(lines)}
    return {
        "name": f"Desk {number}, <edition> {edition}",
        "model": {"provider": "openai", "model": "gpt-4.1", "messages": [message]},
        "voice": {"provider": "11labs", "speed": edition},
    }


def _edited(lines: list[str], chance: random.Random) -> list[str]:
    edited = list(lines)
    for at in chance.sample(range(_LINES), _EDITED):
        words = edited[at].split()
        words[3], words[7:9] = "always", ["one", "two", "three"]
        edited[at] = " ".join(words)
    del edited[5]
    edited.insert(20, "Say {{name}} once.")
    return edited


def _seconds(work: Callable[[], object]) -> float:
    rounds = []
    for _ in range(_ROUNDS):
        begun = time.process_time()
        work()
        rounds.append(time.process_time() - begun)
    return min(rounds)


def _peak_megabytes(work: Callable[[], object]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def measure() -> Iterator[Found]:
    """Measure each view."""
    plan = make_plan(COUNT)
    document = render_plan(plan)
    floor = _seconds(lambda: json.dumps(document))
    for name, render in VIEWS.items():
        work = partial(render, plan)
        yield Measured(f"{name}, CPU, by json.dumps", floor, _seconds(work))
        yield Measured(f"{name}, peak, by 100", MOST_MEGABYTES, _peak_megabytes(work), "MB")
