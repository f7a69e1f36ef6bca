"""The evaluator gives what GitHub documents, and refuses what it does not know."""

import pytest
from action.expressions import PURE, Data, UnknownWordError, evaluate, fill, holds

_CONTEXTS: dict[str, Data] = {
    "github": {"event": {"number": 7.0}, "ref": "refs/heads/main"},
    "steps": {"run": {"outputs": {"exit-code": "2", "none": ""}}},
}
_FUNCTIONS = {**PURE, "success": lambda: False, "always": lambda: True}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 == 1.0", True),
        ("'A' == 'a'", True),
        ("'2' == 2", True),
        ("'x' == 0", False),
        ("null == ''", True),
        ("true != false", True),
        ("!'' && 'x'", "x"),
        ("'' || 'y' || 'z'", "y"),
        ("false && true || 'z'", "z"),
        ("!(true && false)", True),
        ("'it''s'", "it's"),
        ("github.event.number == 7", True),
        ("steps.run.outputs.exit-code != ''", True),
        ("contains(github.ref, 'MAIN')", True),
        ("startsWith(github.ref, 'refs/tags')", False),
        ("format('{0}-{1}', 'a', github.event.number)", "a-7"),
        ("toJSON(true)", "true"),
    ],
)
def test_an_expression_has_the_value_that_is_documented(text: str, value: Data) -> None:
    assert evaluate(text, _CONTEXTS, _FUNCTIONS) == value


@pytest.mark.parametrize(
    "text",
    [
        "github.nothing",
        "secrets.X",
        "fromJSON('1')",
        "1 +",
        "'open",
        "(1",
        "1 2",
        "github.ref.x",
        "",
    ],
)
def test_what_is_not_known_is_an_error(text: str) -> None:
    with pytest.raises(UnknownWordError):
        evaluate(text, _CONTEXTS, _FUNCTIONS)


def test_texts_are_filled_and_conditions_mean_success_as_well() -> None:
    assert fill("a ${{ github.ref }} b${{ null }}", _CONTEXTS, _FUNCTIONS) == "a refs/heads/main b"
    assert not holds("true", _CONTEXTS, _FUNCTIONS)
    assert holds("${{ always() && steps.run.outputs.exit-code == '2' }}", _CONTEXTS, _FUNCTIONS)
