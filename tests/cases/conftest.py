"""Every case of the command line gets a shell in an empty folder, and a project to be broken."""

from pathlib import Path

import pytest
from fakes import FakeClock
from shell import Shell

from assistants_sync.cli import session


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """Give a shell in an empty folder, with nothing set and a clock that waits for nobody."""
    for name in ("VAPI_API_KEY", "VAPI_TOKEN", "VAPI_BASE_URL", "ASSISTANTS_SYNC_ALLOW_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(session, "SystemClock", FakeClock)
    return Shell(tmp_path / "project", capsys, monkeypatch)


@pytest.fixture
def project(shell: Shell) -> Shell:
    """Give a shell in a project of one assistant."""
    shell.write("assistants-sync.yaml", "project: shop\n")
    shell.write("assistants/good.yaml", "name: Good\nmodel: {provider: openai}\n")
    return shell
