"""The CI files of a new project: those that the examples show, for this one project."""

import re
from pathlib import Path
from typing import Final

import assistants_sync

_PACKAGE: Final = Path(assistants_sync.__file__).parent
FOLDERS: Final = (_PACKAGE / "recipes", _PACKAGE.parent / "examples" / "ci")
"""Where the wheel has them, and where a checkout has them: one copy of each."""

_COMMAND: Final = re.compile(r"^(?P<indent> +)command: .*\n", re.MULTILINE)
_INPUTS: Final = re.compile(r"^(?P<indent> +)inputs:\n", re.MULTILINE)


def recipes(forge: str, below: str, environment: str, key: str | None) -> dict[str, str]:
    """Give texts by their path in the repository.

    `below` is the project's folder in it; `key` the variable of the API key, None: the usual one.
    """
    match forge:
        case "github":
            inputs = _inputs(below, environment, key, "-")
            return {
                f".github/workflows/assistants-sync-{path.name}": _for_github(
                    path.read_text(encoding="utf-8"), inputs, key
                )
                for path in sorted(_folder(forge).glob("*.yml"))
            }
        case "gitlab":
            text = (_folder(forge) / ".gitlab-ci.yml").read_text(encoding="utf-8")
            return {".gitlab-ci.yml": _for_gitlab(text, _inputs(below, environment, key, "_"))}
        case _:
            return {}


def _folder(forge: str) -> Path:
    return next(each / forge for each in FOLDERS if (each / forge).is_dir())


def _inputs(below: str, environment: str, key: str | None, joint: str) -> dict[str, str]:
    """Give the inputs whose values are not the usual ones."""
    inputs = {} if below == "." else {f"working{joint}directory": below}
    if environment != "default":
        inputs["environment"] = environment
    if key is not None:
        inputs[f"key{joint}variable"] = key
    return inputs


def _for_github(text: str, inputs: dict[str, str], key: str | None) -> str:
    def with_inputs(command: re.Match[str]) -> str:
        lines = (f"{command['indent']}{name}: {value}\n" for name, value in inputs.items())
        return command[0] + "".join(lines)

    given = text if key is None else text.replace("VAPI_API_KEY", key)
    return _COMMAND.sub(with_inputs, given)


def _for_gitlab(text: str, inputs: dict[str, str]) -> str:
    def with_inputs(head: re.Match[str]) -> str:
        lines = (f"{head['indent']}  {name}: {value}\n" for name, value in inputs.items())
        return head[0] + "".join(lines)

    return _INPUTS.sub(with_inputs, text)
