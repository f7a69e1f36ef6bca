"""Stores on a folder: opened, begun, and what a run that starts afterwards reads."""

import asyncio
from pathlib import Path

from unit.state.samples import STATE

from assistants_sync.model.state import Snapshot, State
from assistants_sync.state.journaled import JournaledState
from assistants_sync.state.local.files import LocalFiles, StatePaths


def opened(folder: Path, project: str = "shop", environment: str = "default") -> JournaledState:
    """Give a store that has read nothing yet."""
    return JournaledState(LocalFiles(StatePaths.beside(folder, "default")), project, environment)


def begun(folder: Path, state: State = STATE) -> JournaledState:
    """Give a store that has written its first state."""
    store = opened(folder)
    asyncio.run(store.begin(state))
    return store


def read(folder: Path) -> Snapshot:
    """Give what a new run reads."""
    return asyncio.run(opened(folder).read())
