"""A real browser, the one ASSISTANTS_SYNC_BROWSER names; unless it is set, none of this is run.

A browser that is named and does not start is a failure. Pictures of every state are left in
ASSISTANTS_SYNC_PICTURES, if that is set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import pytest

from assistants_sync.model.plan import Plan
from assistants_sync.views.html import render_html

_NAMED = os.environ.get("ASSISTANTS_SYNC_BROWSER", "")  # noqa: TID251 -- chosen before any test
_PICTURES = os.environ.get("ASSISTANTS_SYNC_PICTURES", "")  # noqa: TID251 -- as above
_AXE = "axe-core@4.14.1"
collect_ignore_glob = [] if _NAMED else ["test_*.py"]

if TYPE_CHECKING or _NAMED:
    # Only who tests in a browser needs what drives one.
    from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

Light = Literal["light", "dark"]


class Opener(Protocol):
    """Opens a plan's page, from a file as people do; `link` is what stands after its name."""

    def __call__(
        self,
        plan: Plan,
        *,
        width: int = 1280,
        height: int = 900,
        link: str = "",
        light: Light = "light",
        with_script: bool = True,
    ) -> Page: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give the browser."""
    executable = shutil.which(_NAMED)
    assert executable, f"{_NAMED} is not there"
    with sync_playwright() as driver:
        # Root, as CI is, has no sandbox of Chromium's.
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the script of axe-core, which finds what a screen reader or a keyboard cannot use."""
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    assert npm, "npm is not there"
    subprocess.run([npm, "pack", "--silent", _AXE], cwd=folder, check=True, capture_output=True)
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        script = package.extractfile("package/axe.min.js")
        assert script
        return script.read().decode()


@pytest.fixture
def troubles() -> list[str]:
    """Give what went wrong on the pages of this test: errors, warnings, requests, dialogs."""
    return []


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path, troubles: list[str]) -> Iterator[Opener]:
    """Give what opens a plan's page."""
    contexts: list[BrowserContext] = []

    def _open(
        plan: Plan,
        *,
        width: int = 1280,
        height: int = 900,
        link: str = "",
        light: Light = "light",
        with_script: bool = True,
    ) -> Page:
        file = tmp_path / f"page-{len(contexts)}.html"
        file.write_bytes(render_html(plan).encode())
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=light,
            java_script_enabled=with_script,
        )
        context.set_default_timeout(5_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.on("request", lambda request: _note(request.url, file, troubles))
        page.goto(file.as_uri() + link)
        return page

    yield _open
    for context in contexts:
        context.close()


def _note(url: str, file: Path, troubles: list[str]) -> None:
    if url.partition("#")[0] != file.as_uri():
        troubles.append(url)


@pytest.fixture
def picture(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Page], None]:
    """Give what takes a picture of a page, named after the test."""
    folder = Path(_PICTURES) if _PICTURES else tmp_path

    def _take(page: Page) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = request.node.name.removeprefix("test_")
        page.screenshot(path=folder / f"{name}.png")

    return _take
