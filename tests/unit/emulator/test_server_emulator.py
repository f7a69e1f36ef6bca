"""The emulator on a port."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from assistants_sync.emulator.server import serve
from assistants_sync.emulator.store import Store


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "vapi.example"])  # noqa: S104 -- it is what must be refused
def test_it_listens_to_this_machine_only(tmp_path: Path, host: str) -> None:
    with pytest.raises(ValueError, match="no loopback address"):
        serve(tmp_path / "emulator.db", host=host)


def test_a_taken_port_is_an_error_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(tmp_path / "emulator.db", port=taken.getsockname()[1])
    assert not (tmp_path / "emulator.db").exists()


def test_it_serves_until_interrupted(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = (
        "import sys; from assistants_sync.emulator.server import serve; "
        "serve(sys.argv[1], port=int(sys.argv[2]))"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "emulator.db"), str(port)]
    with subprocess.Popen(arguments) as process:
        try:
            # Retries wait a little longer each, until the port is there.
            transport = httpx.HTTPTransport(retries=8)
            with httpx.Client(
                transport=transport, headers={"authorization": "Bearer any-key"}
            ) as client:
                created = client.post(f"http://127.0.0.1:{port}/assistant", json={"name": "x"})
            assert created.status_code == 201
            assert len(created.headers.get_list("date")) == 1
        finally:
            process.send_signal(signal.SIGINT)
    assert process.returncode in (0, -signal.SIGINT, 130)
    with Store(tmp_path / "emulator.db") as store:
        assert store.get(created.json()["id"]) is not None
