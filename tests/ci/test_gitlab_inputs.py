"""What the GitLab component takes, and what our small GitLab makes of rules."""

from typing import Final

import pytest
import yaml
from ci.gitlab_rules import holds
from ci.gitlab_runner import PipelineError, read_component
from ci.served_emulator import ROOT

COMPONENT: Final = ROOT / "templates" / "assistants-sync.yml"
EXAMPLE: Final = ROOT / "examples" / "ci" / "gitlab" / ".gitlab-ci.yml"


def test_a_project_may_include_the_component_once_for_each_environment() -> None:
    staging = read_component(COMPONENT, {"image": "i", "name": "staging", "deploy_to": "staging"})
    production = read_component(COMPONENT, {"image": "i", "name": "production"})
    assert staging.keys().isdisjoint(production)
    jobs = staging["staging:apply"], production["production:apply"]
    assert len({job["resource_group"] for job in jobs}) == 2
    assert len({job["variables"]["ASSISTANTS_SYNC_STATE"] for job in jobs}) == 2


def test_the_example_gives_inputs_that_the_component_takes() -> None:
    (included,) = yaml.safe_load(EXAMPLE.read_text())["include"]
    assert included["component"].partition("@")[0].endswith("/assistants-sync/assistants-sync")
    assert read_component(COMPONENT, included["inputs"])


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"image": "i", "allow_deletes": "1; rm"},
        {"image": "i", "name": "A"},
        {"image": "i", "x": "y"},
    ],
)
def test_inputs_that_do_not_fit_make_no_pipeline(inputs: dict[str, str]) -> None:
    with pytest.raises(PipelineError):
        read_component(COMPONENT, inputs)


def test_no_input_is_pasted_into_a_script() -> None:
    body = COMPONENT.read_text().partition("\n---\n")[2]
    scripts = [job.get("script", []) for job in yaml.safe_load(body).values()]
    assert not [line for script in scripts for line in script if "$[[" in line]


@pytest.mark.parametrize("rule", ["$A =~ /x/", '$A == "x" && ($B)', "$A == $B == $C", "exists"])
def test_the_runner_refuses_rules_it_does_not_know(rule: str) -> None:
    with pytest.raises(ValueError, match="not known"):
        holds(rule, {})


def test_the_runner_reads_rules_as_gitlab_does() -> None:
    variables = {"A": "x", "EMPTY": ""}
    assert holds('$A == "x" || $B == "y" && $EMPTY', variables)
    assert holds('$MISSING == null && $MISSING != "x"', variables)
    assert not holds("$EMPTY", variables)
    assert not holds('$MISSING == ""', variables)
