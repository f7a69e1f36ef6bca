"""The emulator on a port of this machine."""

import ipaddress
import socket
from pathlib import Path

import uvicorn

from assistants_sync.emulator.app import create_app
from assistants_sync.emulator.store import Store


def serve(path: Path | str, host: str = "127.0.0.1", port: int = 8484) -> None:
    """Serve the store at `path` until interrupted; `host` is a loopback address.

    Raises:
        ValueError: `host` could be reached from another machine.
        OSError: the port is taken.
        sqlite3.Error: the file is no store.
    """
    if not _is_loopback(host):
        raise ValueError(f"{host} is no loopback address: the emulator accepts any key")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener, Store(path) as store:
        config = uvicorn.Config(
            create_app(store),
            log_level="warning",
            date_header=False,  # the app sends its own
        )
        uvicorn.Server(config).run(sockets=[listener])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
