"""Where text leaves us: results to stdout, talk to stderr, both scrubbed of known secrets."""

import signal
import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from assistants_sync.cli.settings import Settings
from assistants_sync.cli.streams import write_remark, write_result
from assistants_sync.model.event import (
    ApplyFinished,
    ChangeApplied,
    ChangeFailed,
    ChangeSkipped,
    Event,
    PlanAccepted,
)
from assistants_sync.views.machine import render_event_json
from assistants_sync.views.progress import render_event

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Console:
    """Prints. Nothing that is not the result goes to stdout."""

    def __init__(self, settings: Settings, scrub: Callable[[str], str] = str) -> None:
        self._settings = settings
        self.scrub = scrub

    def result(self, text: str) -> None:
        """Print a result, whole, to stdout; see `streams.write_result`."""
        write_result(self.scrub(text))

    def talk(self, text: str) -> None:
        """Print a remark to stderr, if anybody can hear it."""
        write_remark(self.scrub(text).rstrip("\n") + "\n")

    def ask(self, question: str) -> str:
        """Ask on the terminal; give what was typed, without the spaces around it."""
        # While a person is asked nothing is under way: Ctrl-C means no, at once.
        old = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            write_remark(self.scrub(question))
            return sys.stdin.readline().strip()
        finally:
            signal.signal(signal.SIGINT, old)


class ProgressReport:
    """Shows events as they happen: a bar on a terminal, plain lines elsewhere, JSON on stdout."""

    def __init__(self, console: Console, settings: Settings) -> None:
        self._console, self._settings = console, settings
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if sys.stderr.isatty() and not settings.wants_json:
            self._bar = _progress_bar()

    def __enter__(self) -> Self:
        """Start showing; the bar itself only once the work begins, not while a person is asked."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop showing."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show one event. A display that fails must not stop an apply."""
        try:
            self._show(event)
        except Exception:  # noqa: BLE001 -- whatever is wrong with a view, the work goes on
            self._bar = None

    def _show(self, event: Event) -> None:
        if self._settings.wants_json:
            self._console.result(render_event_json(event) + "\n")
            return
        self._advance(event)
        text = render_event(event, colour=self._settings.colour)
        if text is None or isinstance(event, ApplyFinished):
            return
        if self._bar is not None:
            from rich.text import Text

            self._bar.console.print(Text.from_ansi(self._console.scrub(text)))
        else:
            self._console.talk(text)

    def _advance(self, event: Event) -> None:
        if self._bar is None:
            return
        if isinstance(event, PlanAccepted):
            self._bar.start()
            self._task = self._bar.add_task("apply", total=len(event.work))
        elif isinstance(event, ChangeApplied | ChangeFailed | ChangeSkipped) and (
            self._task is not None
        ):
            self._bar.advance(self._task)


def _progress_bar() -> "Progress":
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("applying"),
        BarColumn(),
        MofNCompleteColumn(),
        console=RichConsole(stderr=True, highlight=False, markup=False),
        transient=True,
    )
