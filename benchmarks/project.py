"""A project to measure: definitions of about 5 KB, their prompts in files, applied to a server."""

import os
import subprocess
import sys
from pathlib import Path

_LINES = 90


def write_project(folder: Path, count: int) -> None:
    """Write a project of so many definitions."""
    for name in ("assistants", "prompts"):
        (folder / name).mkdir()
    (folder / "assistants-sync.yaml").write_text("project: benchmark\n")
    for number in range(count):
        (folder / "assistants" / f"desk-{number}.yaml").write_text(
            _DEFINITION.format(number=number)
        )
        write_prompt(folder, number)


def write_prompt(folder: Path, number: int, more: str = "") -> None:
    """Write the prompt of one definition."""
    lines = (
        f"Line {line} of the prompt of desk {number}, as long as most." for line in range(_LINES)
    )
    text = "\n".join(lines) + "\n" + more
    (folder / "prompts" / f"desk-{number}.txt").write_text(text)


def command(folder: Path, *argv: str) -> list[str]:
    """Give the command line that runs the tool on a project."""
    return [sys.executable, "-m", "assistants_sync", "--chdir", str(folder), *argv]


def environ(base_url: str, cache: Path) -> dict[str, str]:
    """Give the environment it runs in: a key, a server, and a cache folder of its own."""
    inherited = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 -- a child has ours
        if name in {"PATH", "PYTHONPATH"}
    }
    ours = {
        "VAPI_BASE_URL": base_url,
        "VAPI_API_KEY": "benchmark-key",
        "XDG_CACHE_HOME": str(cache),
    }
    return inherited | ours


def run(folder: Path, base_url: str, *argv: str) -> str:
    """Run the tool on a project; give what it printed.

    Raises:
        RuntimeError: it failed.
    """
    ended = subprocess.run(
        command(folder, *argv),
        env=environ(base_url, folder / "cache"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(ended.stdout)
    return ended.stdout


_DEFINITION = """\
name: Desk {number}
firstMessage: Hello, this is desk {number}. How can I help?
firstMessageMode: assistant-speaks-first
maxDurationSeconds: 480
backgroundSound: office
transcriber:
  provider: deepgram
  model: nova-3
  language: en-US
  smartFormat: true
  keyterm: [derailleur, tubeless, e-bike]
model:
  provider: openai
  model: gpt-4.1
  temperature: 0.2
  maxTokens: 250
  messages:
    - role: system
      content: !file prompts/desk-{number}.txt
  tools:
    - type: endCall
voice:
  provider: vapi
  voiceId: Clara
  speed: 1.05
startSpeakingPlan:
  waitSeconds: 0.5
  smartEndpointingPlan: {{provider: livekit}}
metadata:
  team: north
  site: "{number}"
"""
