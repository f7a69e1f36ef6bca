"""The three standard streams as whoever started us left them: closed, full, or of few letters.

A result that cannot be written is an error; a remark that nobody can hear is none.
"""

import io
import os
import sys
from contextlib import suppress
from typing import TextIO


def prepare() -> None:
    """Put something in the place of closed streams, and let the others spell every name."""
    # Otherwise the next file we open would get the number of a closed stream, and its text.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 -- until the process ends
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_result(text: str) -> None:
    """Write a result to stdout.

    Raises:
        BrokenPipeError: whoever read it went away.
        OutputError: it could not be written whole.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        raise
    except OSError as error:
        _silence(sys.stdout)
        from assistants_sync.errors import OutputError

        raise OutputError(
            "The result could not be written",
            f"stdout: {error.strerror or error}",
            hint="what was done is saved; `plan` shows what is left",
        ) from error


def write_remark(text: str) -> None:
    """Write to stderr, if anybody can hear it."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    """Send the rest nowhere: Python would try it again at exit, and complain."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
