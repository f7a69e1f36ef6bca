"""An answer that is small on the way and huge when it is unpacked."""

import gzip
import tracemalloc
from pathlib import Path

import httpx
import pytest
from stand_in_faults import Answers
from stand_in_wire import Reply
from world import World

from assistants_sync.errors import SyncError
from assistants_sync.vapi.wire import MOST_BODY_BYTES


@pytest.mark.parametrize("times", [2, 3])
def test_an_answer_packed_more_than_once_does_not_fill_the_memory(
    tmp_path: Path, times: int
) -> None:
    packed = b"[" + b" " * 4 * MOST_BODY_BYTES
    for _ in range(times):
        packed = gzip.compress(packed)
    encoding = {"content-encoding": ", ".join(["gzip"] * times)}
    world = World(tmp_path)
    bomb = Answers(lambda _request, _reply: Reply(200, packed, encoding))
    world.server.fail("GET", "/assistant", bomb, times=9)
    # The stand-in's own way in would unpack the answer before the client sees it.
    world.wire = lambda _way: httpx.ASGITransport(world.server.app)
    tracemalloc.start()
    try:
        with pytest.raises(SyncError):
            world.plan()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * MOST_BODY_BYTES
