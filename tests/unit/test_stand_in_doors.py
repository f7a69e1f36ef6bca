"""The tests' own server on a port."""

import httpx
import pytest
from stand_in import StandIn, serve_on_loopback
from stand_in_faults import lost_reply, timed_out


def test_it_answers_on_a_port_too() -> None:
    stand_in = StandIn()
    key = {"authorization": "Bearer any-key"}
    with serve_on_loopback(stand_in.app) as address, httpx.Client(headers=key) as client:
        created = client.post(f"{address}/assistant", json={"name": "x" * 100_000})
        assert created.status_code == 201
        assert created.headers.get_list("date")
        assert len(client.get(f"{address}/assistant", params={"limit": 5}).json()) == 1
    assert stand_in.requests[1].query == {"limit": "5"}


def test_a_broken_answer_on_a_port_closes_the_connection_or_stays_mute() -> None:
    stand_in = StandIn()
    stand_in.fail("POST", "/assistant", lost_reply())
    stand_in.fail("POST", "/assistant", timed_out())
    key = {"authorization": "Bearer any-key"}
    with serve_on_loopback(stand_in.app) as address, httpx.Client(headers=key) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post(f"{address}/assistant", json={})
        with pytest.raises(httpx.ReadTimeout):
            client.post(f"{address}/assistant", json={}, timeout=0.2)
    assert len(stand_in.objects) == 2
