"""What an apply does, shown as it happens: a bar, lines, or JSON, and each event in the log."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self, assert_never

from assistants_sync.cli.console import Console
from assistants_sync.cli.log import Level
from assistants_sync.cli.settings import Settings
from assistants_sync.model.event import (
    ApplyFinished,
    ChangeApplied,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    Event,
    PlanAccepted,
    Waiting,
)
from assistants_sync.views.events import event_json, render_event_json
from assistants_sync.views.progress import render_event

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class ProgressReport:
    """Shows events as they happen: a bar on a terminal, plain lines elsewhere, JSON on stdout."""

    def __init__(self, console: Console, settings: Settings) -> None:
        self._console, self._settings = console, settings
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if sys.stderr.isatty() and not settings.wants_json and not console.log.as_json:
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
        text = None
        if self._settings.wants_json:
            self._console.result(render_event_json(event, self._console.log.run_id) + "\n")
        elif not isinstance(event, ApplyFinished):  # its text is the result
            text = render_event(event, colour=self._settings.colour)
        self._advance(event)
        if self._bar is None:
            _tell(self._console, event, text)
        elif text is not None:
            from rich.text import Text

            self._bar.console.print(Text.from_ansi(self._console.scrub(text)))

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


def tell_waiting(console: Console, seconds: float, reason: str) -> None:
    """Tell that nothing is sent for a while, and why."""
    event = Waiting(seconds, reason)
    _tell(console, event, render_event(event))


def _tell(console: Console, event: Event, text: str | None) -> None:
    kind, details = event_json(event)
    console.log.tell(kind, text, _level(event), **details)


def _level(event: Event) -> Level:
    match event:
        case ChangeFailed():
            return "error"
        case ChangeSkipped():
            return "warning"
        case PlanAccepted() | ChangeStarted() | ChangeApplied() | Waiting() | ApplyFinished():
            return "info"
        case _:
            assert_never(event)


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
