"""Text of any origin made inert in Markdown: it only ever stands as code, on one line.

Inside code neither CommonMark nor GitHub nor GitLab looks for anything: no link, image, HTML,
mention, reference to an issue, emoji or quick action.
"""

import html
import re
from collections.abc import Sequence
from typing import Final

from assistants_sync.views.escape import escape, shorten

_BACKTICKS: Final = re.compile(r"`+")
_SHORTEST_FENCE: Final = 3


def code(text: str, *, width: int | None = None) -> str:
    r"""Give a code span, of at most `width` characters of the text; an empty text is `""`.

    A bar becomes `\x7c`: Markdown's dialects disagree on how to write one in a table.
    """
    shown = escape(text).replace("|", "\\x7c") or '""'
    if width is not None:
        shown = shorten(shown, width)
    fence = "`" * (_longest_run(shown) + 1)
    # One space at each end is taken away again, and keeps the text's own ends apart.
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def html_code(text: str) -> str:
    """Give a `<code>` element, for a place where Markdown is not read."""
    return f"<code>{html.escape(escape(text))}</code>"


def fenced(lines: Sequence[str], language: str) -> str:
    """Give a block of code; the lines are escaped already, the fence is longer than any in them."""
    content = "\n".join(lines)
    fence = "`" * max(_SHORTEST_FENCE, _longest_run(content) + 1)
    return f"{fence}{language}\n{content}\n{fence}"


def folded(summary: str, content: str) -> str:
    """Give what opens on a click; `summary` is HTML, `content` Markdown."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
