"""What the everyday commands cost at 10, 100 and 1,000 definitions, on the embedded emulator."""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_PROMPT = "".join(
    f"        Line {number} of a prompt of ordinary length.\n" for number in range(100)
)


def write(folder: Path, number: int, more: str = "") -> Path:
    """Write one definition of about 5 KB."""
    path = folder / "assistants" / f"desk-{number}.yaml"
    path.write_text(
        f"name: Desk {number}\nmodel:\n  provider: openai\n  model: gpt-4.1\n  messages:\n"
        f"    - role: system\n      content: |\n        Desk {number}.\n{_PROMPT}{more}"
    )
    return path


def run(folder: Path, *argv: str) -> str:
    """Run one command; give its seconds and requests."""
    command = [sys.executable, "-m", "assistants_sync", "--chdir", str(folder), "--emulator"]
    begun = time.perf_counter()
    ended = subprocess.run([*command, *argv], capture_output=True, text=True, check=True)
    took = time.perf_counter() - begun
    sent = re.search(r"Requests: (.*)\.", ended.stderr)
    return f"{took:6.2f} s   {sent[1] if sent else 'none'}"


def measure(count: int) -> None:
    """Measure one size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "assistants").mkdir()
        (folder / "assistants-sync.yaml").write_text("project: benchmark\n")
        paths = [write(folder, number) for number in range(count)]
        print(f"{count:>5}  apply, all new   {run(folder, 'apply', '--auto-approve')}")
        print(f"{count:>5}  plan, nothing    {run(folder, 'plan')}")
        for number in range(0, count, 10):
            write(folder, number, "firstMessage: Hello\n")
        print(f"{count:>5}  apply, 10 % new  {run(folder, 'apply', '--auto-approve')}")
        gone = min(5, count // 5)
        for path in paths[-gone:]:
            path.unlink()
        agreed = ("--auto-approve", "--allow-deletes", str(gone))
        print(f"{count:>5}  apply, {gone} gone   {run(folder, 'apply', *agreed)}")


if __name__ == "__main__":
    for size in map(int, sys.argv[1:] or ["10", "100", "1000"]):
        measure(size)
