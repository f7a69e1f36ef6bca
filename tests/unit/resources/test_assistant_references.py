"""The two API references of an assistant, against the counts and bounds their sources state."""

import pytest
from pydantic import BaseModel, ValidationError

from assistants_sync.resources import KINDS
from assistants_sync.resources.assistant_2024 import Assistant2024
from assistants_sync.resources.assistant_2026 import Assistant2026

REFERENCES = [Assistant2024, Assistant2026]


def refuses(model: type[BaseModel], field: str, value: object) -> bool:
    try:
        model.model_validate({field: value})
    except ValidationError:
        return True
    return False


def test_each_reference_has_as_many_fields_as_its_source() -> None:
    assert len(Assistant2024.model_fields) == 30 - 4
    assert len(Assistant2026.model_fields) == 31


@pytest.mark.parametrize("model", REFERENCES)
def test_every_field_may_be_absent_or_null(model: type[BaseModel]) -> None:
    model.model_validate({})
    model.model_validate(dict.fromkeys(model.model_fields))


@pytest.mark.parametrize("model", REFERENCES)
def test_no_field_belongs_to_the_server(model: type[BaseModel]) -> None:
    assert not KINDS["assistant"].server_owned & model.model_fields.keys()
    assert refuses(model, "id", "x")


def test_every_field_with_a_successor_is_one_of_2024_only() -> None:
    for field in KINDS["assistant"].successors:
        assert field in Assistant2024.model_fields
        assert field not in Assistant2026.model_fields


@pytest.mark.parametrize("model", REFERENCES)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("maxDurationSeconds", True),
        ("maxDurationSeconds", "20"),
        ("maxDurationSeconds", 9),
        ("name", 1),
        ("model", []),
        ("clientMessages", ["nonsense"]),
        ("clientMessages", "transcript"),
        ("endCallPhrases", [1]),
        ("voicemailMessage", "x" * 1001),
        ("backgroundSound", "cafe"),
        ("backgroundSound", False),
    ],
)
def test_a_wrong_type_or_value_is_refused(
    model: type[BaseModel], field: str, value: object
) -> None:
    assert refuses(model, field, value)


@pytest.mark.parametrize(
    ("model", "field", "good", "bad"),
    [
        (Assistant2024, "name", "x" * 100, "x" * 101),
        (Assistant2026, "name", "x" * 40, "x" * 41),
        (Assistant2024, "firstMessage", "x" * 1000, "x" * 1001),
        (Assistant2024, "endCallMessage", "x" * 400, "x" * 401),
        (Assistant2026, "endCallMessage", "x" * 1000, "x" * 1001),
        (Assistant2024, "maxDurationSeconds", 3600, 3601),
        (Assistant2026, "maxDurationSeconds", 43200, 43201),
        (Assistant2026, "endCallPhrases", ["ok", "x" * 140], ["x"]),
        (Assistant2026, "endCallPhrases", [], ["x" * 141]),
        (Assistant2026, "backgroundSound", "https://a.example/b.mp3", "ftp://a.example"),
        (Assistant2026, "voicemailDetection", "off", "on"),
        (Assistant2026, "voicemailDetection", {"provider": "vapi"}, [{}]),
        (Assistant2026, "serverMessages", ['transcript[transcriptType="final"]'], ["metadata"]),
        (Assistant2024, "silenceTimeoutSeconds", 10.0, 9.99),
        (Assistant2024, "responseDelaySeconds", 0, -0.1),
    ],
)
def test_bounds_are_inclusive(
    model: type[BaseModel], field: str, good: object, bad: object
) -> None:
    assert not refuses(model, field, good)
    assert refuses(model, field, bad)


@pytest.mark.parametrize("model", REFERENCES)
def test_nothing_is_checked_inside_an_object(model: type[BaseModel]) -> None:
    assert not refuses(model, "model", {"anything": [1, None, {"x": True}]})
