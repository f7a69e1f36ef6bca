"""What a runner makes of what a step prints: text, and the commands it obeys.

Stdout and stderr come through two pipes that are read in no order, so on stderr no `stop-commands`
is ever seen in time. Source: docs.github.com, "Workflow commands for GitHub Actions" (read
2026-11-21); src/Runner.Worker/ActionCommandManager.cs of actions/runner.
"""

import re
from dataclasses import dataclass, field
from typing import Final

_COMMAND: Final = re.compile(r"\s*::(?P<name>[\w-]+)(?P<fields> [^:]*)?::(?P<text>.*)")
_OLD_COMMAND: Final = re.compile(r".*##\[(?P<name>[\w-]+)(?P<fields>[^\]]*)\](?P<text>.*)")


@dataclass
class JobLog:
    """Every line of a job, and every command found in it, as its name and its text."""

    lines: list[str] = field(default_factory=list)
    commands: list[tuple[str, str]] = field(default_factory=list)

    def read(self, stdout: str, stderr: str) -> None:
        """Read what one step printed."""
        word = ""
        for line in stdout.splitlines():
            self.lines.append(line)
            if not word:
                word = self._obey(line)
            elif line.strip() == f"::{word}::":
                word = ""
        for line in stderr.splitlines():
            self.lines.append(line)
            self._obey(line)

    def told(self, name: str) -> list[str]:
        """Give the texts of one command, as `error` or `warning`."""
        return [text for each, text in self.commands if each == name]

    @property
    def text(self) -> str:
        """Everything, as one text."""
        return "\n".join(self.lines)

    def _obey(self, line: str) -> str:
        """Note a command; give the word that ends a pause, if it begins one."""
        found = _COMMAND.match(line) or _OLD_COMMAND.match(line)
        if found is None:
            return ""
        if found["name"] == "stop-commands":
            return found["text"].strip()
        self.commands.append((found["name"], found["text"]))
        return ""
