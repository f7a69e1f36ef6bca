"""Commands and output as they stand in Markdown, run again, and held against what is written.

In a page of `docs/site`:

- a fence of `console` is run: a line after `$ ` is a command, the lines below it are its output;
  a line that ends in a backslash goes on, after `> `;
- any other fence with `title="path"` is a file, written there when the page comes to it;
- a command that ends in ` &` is a server on port 8484, and the next one waits until it answers;
- `console title="not run by the tests: why"` needs the outside, and is shown only.

One shell goes through a page from top to bottom, in a fresh folder where `examples` is the
repository's. Two outputs are the same when their lines are, in any order (two streams in one pipe
have none), once ids, digests, times and sizes are settled. A shown line `…` stands for lines left
out: then every other shown line has to be there.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from ports import free_ports

ROOT: Final = Path(__file__).parents[1]
PORT: Final = "8484"
LEFT_OUT: Final = "…"

_FENCE: Final = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?: title=\"(?P<title>[^\"]*)\")?\n"
    r"(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_COMMAND: Final = re.compile(r"^\$ (.*\n(?:> .*\n)*)((?:(?!\$ ).*\n)*)", re.MULTILINE)
_SETTLED: Final = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+00:00|Z)?|\d{8}T\d{6}Z?"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DAY"),
    (re.compile(r"Digest [0-9a-f]{12}"), "Digest"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "HASH"),
    (re.compile(r"\b\w[\w.-]*@[\w.-]+ \(process \d+\)"), "WHO"),
    (re.compile(r"/\S+/page\b"), "FOLDER"),
    (re.compile(r"\bPython \d+\.\d+(\.\d+)?"), "PYTHON"),
)
_MARK: Final = "\x1e"
_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class File:
    """A file that the reader writes."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command that the reader gives, and the output that the page shows."""

    text: str
    shown: str


Step: TypeAlias = File | Command


def commands(text: str) -> list[Command]:
    """Give the commands of a block in order; there is one at least."""
    found = [
        Command(command.replace("\n> ", "\n").rstrip("\n"), shown)
        for command, shown in _COMMAND.findall(text)
    ]
    assert found, text
    return found


def steps(page: str) -> Iterator[Step]:
    """Give all that a reader of a page does, in order."""
    for fence in _FENCE.finditer(page):
        text = re.sub(rf"^{fence['indent']}", "", fence["text"], flags=re.MULTILINE)
        title = fence["title"]
        if fence["language"] == "console":
            if title is None:
                yield from commands(text)
        elif title is not None and "--8<--" not in text:
            yield File(title, text)


def not_run(page: str) -> list[str]:
    """Give the reason of each block that needs the outside."""
    return [
        fence["title"]
        for fence in _FENCE.finditer(page)
        if fence["language"] == "console" and fence["title"] is not None
    ]


def settled(text: str) -> list[str]:
    """Give the lines of an output, sorted, without what is new each time."""
    for pattern, word in _SETTLED:
        text = pattern.sub(word, text)
    return sorted(line.rstrip() for line in text.splitlines())


def is_as_shown(ran: str, shown: str) -> bool:
    """Say whether an output is the one that a page shows."""
    have, want = Counter(settled(ran)), Counter(settled(shown))
    if LEFT_OUT in want:
        del want[LEFT_OUT]
        return want <= have
    return have == want


def command_on_path(folder: Path) -> Mapping[str, str]:
    """Put the command into a folder, and give the environment of a reader who installed it."""
    shim = folder / "assistants-sync"
    folder.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m assistants_sync "$@"\n')
    shim.chmod(0o755)
    ours = re.compile(r"(ASSISTANTS_SYNC|VAPI|AWS|CI|GITHUB|GITLAB|TF|PG)(_.*)?$")
    outer = dict(os.environ)  # noqa: TID251 -- a reader has a path and a home, as we have
    return {
        **{name: value for name, value in outer.items() if not ours.match(name)},
        "PATH": f"{folder}{os.pathsep}{outer['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
    }


def run_page(page: str, folder: Path) -> list[tuple[Command, str]]:
    """Do all that a page says in a new folder, and give what each command printed."""
    environment = command_on_path(folder / "bin")
    here = folder / "page"
    here.mkdir()
    shutil.copytree(
        ROOT / "examples", here / "examples", ignore=shutil.ignore_patterns("state", "__pycache__")
    )
    found = list(steps(page))
    port = str(free_ports(1)[0])
    ended = subprocess.run(
        ["/bin/bash", "-c", _script(found, folder).replace(PORT, port)],
        cwd=here,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    printed = ended.stdout.replace(port, PORT).split(_MARK)[1:]
    ran = [each for each in found if isinstance(each, Command)]
    assert len(printed) == len(ran), ended.stdout
    return list(zip(ran, printed, strict=True))


def _script(found: list[Step], folder: Path) -> str:
    """Give one script of a whole page; each command begins after a mark, and sees the last `$?`."""
    lines = ["trap 'kill $(jobs -p) 2>/dev/null' EXIT", "last=0"]
    for number, step in enumerate(found):
        match step:
            case File(path, text):
                kept = folder / f"file-{number}"
                kept.write_text(text)
                to = shlex.quote(path)
                lines.append(f'mkdir -p "$(dirname {to})"; cp {kept} {to}')
            case Command(text):
                lines += [f"printf '{_MARK}'", "(exit $last)", text, "last=$?"]
                if text.endswith(" &"):
                    lines.append(
                        "for try in $(seq 300); do"
                        f" (: < /dev/tcp/127.0.0.1/{PORT}) 2>/dev/null && break; sleep 0.1; done"
                    )
    return "\n".join(lines) + "\n"
