"""What holds for every test: a slow machine is no fault of a law, and what was counted is told."""

import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own() -> Iterator[None]:
    """Nothing is read from the user's cache, and nothing left in it; commands share ours."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", folder)
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell the counts of the crash tests, whichever worker made them."""
    reports = [each for group in terminalreporter.stats.values() for each in group]
    told = [
        str(value)
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
        for name, value in report.user_properties
        if name == "crash points"
    ]
    if told:
        terminalreporter.section("crash points")
        for line in sorted(told):
            terminalreporter.write_line(line)
