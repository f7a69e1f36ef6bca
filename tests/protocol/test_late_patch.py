"""What the search found, tried on the code: a PATCH of ours that arrives after the next."""

import asyncio
from pathlib import Path

import httpx
import pytest
from world import World, body


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


class _HeldUp(httpx.AsyncBaseTransport):
    """A way to the server on which the first PATCH is held up: the client hears nothing."""

    def __init__(self, held: list[httpx.Request], way: httpx.AsyncBaseTransport) -> None:
        self._held, self._way = held, way

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH" and not self._held:
            self._held.append(request)
            raise httpx.ReadTimeout("held up", request=request)
        return await self._way.handle_async_request(request)


def test_a_late_patch_of_our_own_is_not_taken_for_a_rivals(world: World) -> None:
    world.define("a", body("a"))
    world.apply()
    held: list[httpx.Request] = []
    world.wire = lambda way: _HeldUp(held, way)
    world.define("a", body("a", firstMessage="Hi"))
    assert world.apply().applied == {"update": 1}
    asyncio.run(world.server.transport().handle_async_request(held[0]))
    world.define("a", body("a", firstMessage="Good day"))
    assert not world.plan().refusals
    assert world.apply().applied == {"update": 1}
