"""Candidates for a clean-up as people, programs and spreadsheets read them."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.model.address import RemoteId
from assistants_sync.planning.stale import Candidate
from assistants_sync.views.stale import (
    render_candidates,
    render_candidates_csv,
    render_candidates_json,
)

_ONE = Candidate(
    id=RemoteId("0001"),
    name="Front desk",
    owner=None,
    created_at="2026-08-01T10:00:00.000Z",
    updated_at="2026-08-02T10:00:00.000Z",
    last_call=None,
    references=0,
    live_calls=0,
    verdict="stale",
    reasons=("nothing refers to it", "no call since 2026-10-22"),
)


def _rows(*candidates: Candidate) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_candidates_csv(candidates))))


def test_the_table_has_a_line_each_its_reasons_and_the_counts() -> None:
    assert render_candidates([_ONE, replace(_ONE, verdict="in use", reasons=("call c1",))]) == (
        'stale     0001  "Front desk"  created 2026-08-01, changed 2026-08-02, '
        "last call never, 0 references\n"
        "          nothing refers to it\n"
        "          no call since 2026-10-22\n"
        'in use    0001  "Front desk"  created 2026-08-01, changed 2026-08-02, '
        "last call never, 0 references\n"
        "          call c1\n"
        "2 assistants that no state owns: 1 in use, 1 stale.\n"
    )


def test_no_candidates_are_told_in_every_form() -> None:
    assert render_candidates([]) == "0 assistants that no state owns.\n"
    assert json.loads(render_candidates_json([]))["candidates"] == []
    assert len(render_candidates_csv([]).splitlines()) == 1


def test_the_json_has_every_column() -> None:
    document = json.loads(render_candidates_json([_ONE]))
    assert document["format_version"] == "1.0"
    (row,) = document["candidates"]
    assert row["reasons"] == list(_ONE.reasons)
    assert row.keys() == _rows(_ONE)[0].keys()
    assert row["last_call"] is None


def test_the_csv_has_a_header_and_plain_cells() -> None:
    (row,) = _rows(_ONE)
    assert row["name"] == "Front desk"
    assert row["last_call"] == ""
    assert row["references"] == "0"
    assert row["reasons"] == "nothing refers to it; no call since 2026-10-22"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d", "\u202e="])
def test_a_name_is_never_a_formula(start: str) -> None:
    (row,) = _rows(replace(_ONE, name=f"{start}SUM(A1)"))
    assert row["name"].startswith("'") or not row["name"].startswith(("=", "+", "-", "@", "\t"))


def test_a_hostile_name_cannot_paint_the_terminal() -> None:
    shown = render_candidates([replace(_ONE, name="a\x1b[2J\u202eb\n- fake", owner="\x1b")])
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown.splitlines()) == 4


@given(text=st.text(st.characters(codec="utf-8"), max_size=30))
def test_whatever_a_name_is_the_csv_has_one_row_of_harmless_cells(text: str) -> None:
    (row,) = _rows(replace(_ONE, name=text, owner=text, reasons=(text,)))
    for cell in row.values():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
