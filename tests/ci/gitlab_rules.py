"""What GitLab makes of `rules:if` and of variables in variables, as far as our component goes.

Source: docs.gitlab.com/ci/jobs/job_rules and /ci/variables/where_variables_can_be_used (read
2026-11-21).
"""

import re
from collections.abc import Mapping
from typing import Final

_TOKEN: Final = re.compile(r"""\s*(?:(\$\w+)|"([^"]*)"|'([^']*)'|(==|!=|&&|\|\||null\b))""")
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_DEPTH: Final = 5


def holds(rule: str, variables: Mapping[str, str]) -> bool:
    """Say whether a rule is true. `&&` binds closer than `||`; a variable that is not set is null.

    Raises:
        ValueError: it has something this does not know.
    """
    tokens = _tokens(rule, variables)
    return any(all(_compares(part) for part in _split(side, "&&")) for side in _split(tokens, "||"))


_Token = tuple[str, str | None]


def _tokens(rule: str, variables: Mapping[str, str]) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(rule.rstrip()):
        match = _TOKEN.match(rule, at)
        if match is None:
            raise ValueError(f"not known in a rule: {rule[at:]!r}")
        variable, double, single, sign = match.groups()
        if variable is not None:
            found.append(("value", variables.get(variable[1:])))
        elif sign == "null":
            found.append(("value", None))
        elif sign is not None:
            found.append((sign, None))
        else:
            found.append(("value", double if double is not None else single))
        at = match.end()
    return found


def _split(tokens: list[_Token], sign: str) -> list[list[_Token]]:
    parts: list[list[_Token]] = [[]]
    for token in tokens:
        if token[0] == sign:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _compares(tokens: list[_Token]) -> bool:
    match tokens:
        case [("value", value)]:
            return bool(value)
        case [("value", left), ("==", _), ("value", right)]:
            return left == right
        case [("value", left), ("!=", _), ("value", right)]:
            return left != right
        case _:
            raise ValueError(f"not known in a rule: {tokens}")


def expand(variables: Mapping[str, str]) -> dict[str, str]:
    """Give the variables with those they name put in; one that is not set is empty."""
    found = dict(variables)
    for _ in range(_DEPTH):
        found = {name: _put_in(value, found) for name, value in found.items()}
    return found


def _put_in(value: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda at: variables.get(at[1] or at[2], ""), value)
