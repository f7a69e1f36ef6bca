"""What each view of a plan costs: 1,000 updates, or as many as told, each of an edited prompt.

Every change edits four of forty lines of a prompt, takes one out and puts one in, changes a name,
and reverts a drift; every second one is destructive. Text that is compared by its words, and
changes that stand alone, are what costs views most. For each view:
seconds of this process (the quickest of three), the ratio to `json.dumps` of the plan document,
which is the floor, the peak memory beyond the plan itself, and the size of what comes out. A star
marks what takes more than a second or 100 MB. With names, only those views: `views.py 1000 html`.
"""

import json
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

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
_MOST_SECONDS, _MOST_MB = 1.0, 100

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


def _peak_mb(work: Callable[[], object]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def measure(count: int, names: list[str]) -> None:
    """Print a line for each view."""
    plan = make_plan(count)
    document = render_plan(plan)
    floor = _seconds(lambda: json.dumps(document))
    print(f"{count} changes; json.dumps of the plan document takes {floor:.3f} s")
    print("  view      seconds   ratio  peak MB  out MB")
    for name in names or VIEWS:
        work = partial(VIEWS[name], plan)
        seconds, peak = _seconds(work), _peak_mb(work)
        star = "*" if seconds > _MOST_SECONDS or peak > _MOST_MB else " "
        size = len(work().encode()) / 1e6
        print(f"{star} {name:<9} {seconds:7.2f} {seconds / floor:7.1f} {peak:8.1f} {size:7.2f}")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if sys.argv[1:] else 1_000, sys.argv[2:])
