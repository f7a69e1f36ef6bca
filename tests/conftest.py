"""What holds for every test: a slow machine is no fault of a law, and what was counted is told."""

import pytest
from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


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
