"""Stores on a folder: opened, begun, and what a run that starts afterwards reads."""

import asyncio
from pathlib import Path

from unit.state.samples import STATE

from assistants_sync.model.state import Snapshot, State
from assistants_sync.state import LocalState, StatePaths


def opened(folder: Path, project: str = "shop", environment: str = "default") -> LocalState:
    """Give a store that has read nothing yet."""
    return LocalState(StatePaths.beside(folder, "default"), project, environment)


def begun(folder: Path, state: State = STATE) -> LocalState:
    """Give a store that has written its first state."""
    store = opened(folder)
    asyncio.run(store.begin(state))
    return store


def read(folder: Path) -> Snapshot:
    """Give what a new run reads."""
    return asyncio.run(opened(folder).read())
