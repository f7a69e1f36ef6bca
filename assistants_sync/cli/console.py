"""Where text leaves us: results to stdout, talk to stderr, both scrubbed of known secrets."""

import re
import signal
import sys
from collections.abc import Sequence
from typing import Final

from assistants_sync.cli.log import Log
from assistants_sync.cli.settings import Settings
from assistants_sync.cli.streams import write_remark, write_result
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.exchange import Exchange
from assistants_sync.model.project import Project
from assistants_sync.views.exchange import exchange_json, render_exchange
from assistants_sync.views.faults import render_faults
from assistants_sync.views.machine import diagnostic_json

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_FIRST_ERROR: Final = 400
_WITH_HEADER: Final = frozenset({"plan", "apply", "drift", "show", "promote", "rollback"})
"""Their result begins with the environment."""
_SERVER_FAULT: Final = 500


class Console:
    """Prints. Nothing that is not the result goes to stdout."""

    def __init__(self, settings: Settings, log: Log | None = None) -> None:
        self._settings = settings
        self.log = log or Log()
        self.scrub = self.log.scrub
        self._is_headed = settings.command in _WITH_HEADER

    def result(self, text: str) -> None:
        """Print a result, whole, to stdout; see `streams.write_result`."""
        write_result(self.scrub(text))

    def talk(self, text: str) -> None:
        """Print a remark to stderr, if anybody can hear it."""
        self.log.remark(_COLOUR.sub("", text) if self.log.as_json else text)

    def head(self, project: Project) -> None:
        """Say which environment this is about, once; a plan says it in its first line."""
        if self._is_headed or self._settings.output_format != "human":
            return
        self._is_headed = True
        self.talk(f"Project {project.name}, environment {project.environment.name}")

    def faults(self, faults: Sequence[Diagnostic]) -> None:
        """Print what is not as it should be to stderr."""
        tell_faults(self.log, faults, colour=self._settings.colour)

    def exchange(self, exchange: Exchange) -> None:
        """Tell of one request, if that was asked for."""
        self._tell_exchange("request", "", exchange, bad_from=_FIRST_ERROR)

    def state_exchange(self, exchange: Exchange) -> None:
        """Tell of one request to the server that keeps the state, if that was asked for."""
        # That there is no state yet, or that its lock is held, is an everyday answer.
        self._tell_exchange("state_request", "state: ", exchange, bad_from=_SERVER_FAULT)

    def _tell_exchange(self, event: str, before: str, exchange: Exchange, *, bad_from: int) -> None:
        is_bad = exchange.status is None or exchange.status >= bad_from
        self.log.tell(
            event,
            f"{before}{render_exchange(exchange)}" if self._settings.verbose else None,
            "warning" if is_bad else "debug",
            **exchange_json(exchange),
        )

    def ask(self, question: str) -> str:
        """Ask on the terminal; give what was typed, without the spaces around it."""
        # While a person is asked nothing is under way: Ctrl-C means no, at once.
        old = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            write_remark(self.scrub(question))  # to a person, whatever form the log has
            return sys.stdin.readline().strip()
        finally:
            signal.signal(signal.SIGINT, old)


def tell_faults(log: Log, faults: Sequence[Diagnostic], *, colour: bool) -> None:
    """Tell of faults: each of them, as JSON, is an event of its own."""
    for fault in faults:
        text = render_faults([fault], colour=colour)
        log.tell(fault.severity, text, fault.severity, diagnostic=diagnostic_json(fault))
