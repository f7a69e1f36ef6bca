"""The emulator on a port of this machine, for commands that run as processes of their own."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from assistants_sync.emulator.app import create_app
from assistants_sync.emulator.store import Store

ROOT = Path(__file__).parents[2]


@contextmanager
def served_emulator(store_file: Path) -> Iterator[httpx.Client]:
    """Serve what the file holds; give a colleague's client of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    store = Store(store_file)
    server = uvicorn.Server(uvicorn.Config(create_app(store), log_level="error", date_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with httpx.Client(base_url=address, headers={"Authorization": "Bearer key"}) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        store.close()


def named(client: httpx.Client) -> dict[str, dict[str, Any]]:
    """Give the live assistants by name."""
    return {each["name"]: each for each in client.get("/assistant").json()}


def path_with_tool(folder: Path) -> str:
    """Give a PATH on which `assistants-sync` is this checkout's, and `python3` this interpreter."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, module in (("assistants-sync", "-m assistants_sync "), ("python3", "")):
        script = folder / name
        script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" {module}"$@"\n')
        script.chmod(0o755)
    return f"{folder}:{Path(sys.executable).parent}:{os.defpath}"
