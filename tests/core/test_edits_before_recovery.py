"""Somebody edits in the dashboard after a run died, before the next one: that is drift, and shown.

The dashboard keeps our marker, so the write is found and counts as done; what was changed since is
not what the server returned for it.
"""

from pathlib import Path

import pytest
from core.watched import Household, is_crash
from crashing import CrashError
from world import address, body

from assistants_sync.model.plan import PlanOptions

_OURS = PlanOptions(resolve={"*": "ours"})


def _die_after(world: Household, method: str) -> None:
    world.case.dies_after = method
    try:
        world.apply()
    except (CrashError, BaseExceptionGroup) as error:
        assert is_crash(error)  # noqa: PT017 -- pytest.raises takes no group of unknown depth
    world.rewire()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_an_edit_between_a_crash_and_its_recovery_is_reverted(tmp_path: Path, method: str) -> None:
    world = Household(tmp_path)
    world.server.add(**body("Stranger"))
    world.define("a", body("a", firstMessage="Hi"))
    if method == "PATCH":
        world.apply()
        world.define("a", body("a", firstMessage="Hello"))
    _die_after(world, method)
    made = next(iter(world.watched.made))
    world.server.edit(made, firstMessage="by hand")
    world.apply(options=_OURS)
    assert world.owned[address("a")].id == made
    assert not world.unlike()
