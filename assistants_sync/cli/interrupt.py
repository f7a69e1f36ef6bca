"""Ctrl-C, SIGTERM, a terminal that closes: the first drains and saves, the second stops at once."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

INTERRUPTED: Final = 130


class Interrupt:
    """Turns true at the first signal."""

    def __init__(self, talk: Callable[[str], None]) -> None:
        self._talk = talk
        self._is_set = False

    def __call__(self) -> bool:
        """Say whether the user asked to stop."""
        return self._is_set

    def notify(self) -> None:
        """Take one signal."""
        if self._is_set:
            # The journal is durable: the next run goes on from it.
            os._exit(INTERRUPTED)
        self._is_set = True
        self._talk("stopping: what is in flight is finished and saved (again: stop at once)")


@contextmanager
def interruptible(talk: Callable[[str], None]) -> Iterator[Interrupt]:
    """Catch both signals inside a running event loop."""
    interrupt, loop = Interrupt(talk), asyncio.get_running_loop()
    # Under `nohup` a closed terminal is to be ignored, and stays so.
    hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    signals = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hangs_up else []))
    for each in signals:
        loop.add_signal_handler(each, interrupt.notify)
    try:
        yield interrupt
    finally:
        for each in signals:
            loop.remove_signal_handler(each)
