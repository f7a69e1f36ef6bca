"""Which request may be repeated, and after how long. Pure.

A GET or DELETE may be repeated whenever the answer left doubt; a PATCH only when it certainly did
nothing; a POST never, since two of them make two assistants.
"""

from typing import Final

from assistants_sync.errors import ApiError, Outcome

_TRIES: Final = 5
_THROTTLED_TRIES: Final = 30
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0
_REQUEST_TIMEOUT: Final = 408
_SERVER_ERROR: Final = 500
_REDIRECT: Final = 300


def retry_pause(method: str, error: ApiError, tried: int, jitter: float) -> float | None:
    """Give the seconds to wait before trying again; None when it must not be.

    `tried` counts from 1, `jitter` is in 0..1. After a 429 the gate is what waits.
    """
    if method == "POST" or not _may_repeat(method, error):
        return None
    is_throttled = error.outcome is Outcome.THROTTLED
    if tried >= (_THROTTLED_TRIES if is_throttled else _TRIES):
        return None
    if is_throttled:
        return 0.0
    pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** (tried - 1), _LONGEST_PAUSE_SECONDS)
    return pause * (1 + jitter / 4)


def worst(earlier: ApiError | None, error: ApiError) -> ApiError:
    """Give the error that tells of both tries: one that did nothing lifts no doubt of another."""
    did_nothing = error.outcome in {Outcome.NOT_SENT, Outcome.THROTTLED}
    if earlier is not None and earlier.outcome is Outcome.UNKNOWN and did_nothing:
        return earlier
    return error


def _may_repeat(method: str, error: ApiError) -> bool:
    match error.outcome:
        case Outcome.NOT_SENT | Outcome.THROTTLED:
            return True
        case Outcome.REFUSED:
            return False
        case Outcome.UNKNOWN:
            return method != "PATCH" and _is_passing(error.status)


def _is_passing(status: int | None) -> bool:
    """No answer, a cut one, or one that blames the moment."""
    return (
        status is None
        or status < _REDIRECT
        or status == _REQUEST_TIMEOUT
        or status >= _SERVER_ERROR
    )
