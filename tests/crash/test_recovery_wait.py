"""The wait for a create of a run that died: once it is over, there is nothing to doubt any more."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from crashing import CrashingWire, Fuse
from stand_in import StandIn
from world import World, body

from assistants_sync.model.project import ApiSettings
from assistants_sync.workflow.apply import exit_code_of


@pytest.mark.parametrize(("settle_seconds", "behind"), [(60.0, 0.0), (60.5, 0.0), (60.0, 1.0)])
def test_after_the_wait_nothing_is_unresolved_whatever_date_says(
    tmp_path: Path, settle_seconds: float, behind: float
) -> None:
    world = World(tmp_path)
    half_way = world.clock.now() + timedelta(seconds=60)

    def server_time() -> datetime:
        now = world.clock.now()
        return now - timedelta(seconds=behind) if now > half_way else now

    world.server = StandIn(now=server_time)
    world.environment = replace(world.environment, api=ApiSettings(settle_seconds=settle_seconds))
    world.define("desk", body())
    fuse = Fuse(2)  # one GET, and then the POST that never leaves
    world.wire = lambda way: CrashingWire(way, fuse)
    with pytest.raises(BaseExceptionGroup):
        world.apply()
    world.wire = lambda way: way
    finished = world.apply()
    assert (exit_code_of(finished), finished.applied) == (0, {"create": 1})
