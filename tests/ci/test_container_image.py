"""The container image: what the Dockerfile promises, and, with an engine at hand, what it is."""

import hashlib
import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from ci.image_engine import DOCKERFILE, Engine, base_image
from ci.served_emulator import ROOT, named, served_emulator

_EXTRAS: Final = ("s3", "gcs", "azure", "postgres", "schema")
_PINNED: Final = re.compile(
    r"^([\w.-]+)==\S+[^\n]*((?:\\\n +--hash=sha256:[0-9a-f]{64} ?)+)", re.MULTILINE
)
needs_engine = pytest.mark.skipif(
    os.environ.get("ASSISTANTS_SYNC_CI") != "full",  # noqa: TID251 -- chosen before any test
    reason="builds with buildah and debootstrap, as root: ASSISTANTS_SYNC_CI=full",
)


def pinned(name: str) -> set[str]:
    text = (ROOT / ".ci" / name).read_text()
    found = {match[0] for match in _PINNED.findall(text)}
    # Each one that is named is one that has its hashes.
    assert found == {*re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    return found


def test_every_dependency_of_the_image_is_pinned_by_hash() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [each for extra in _EXTRAS for each in project["optional-dependencies"][extra]]
    names = {re.split(r"[\[><=]", each)[0] for each in [*project["dependencies"], *extras]}
    assert names <= pinned("requirements.lock")
    assert {"hatchling", "pip"} <= pinned("build.lock")


def test_all_that_pip_installs_is_checked() -> None:
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    installs = re.findall(r"(?:install|wheel) --quiet ([^\n&]+)", text)
    assert len(installs) == 4
    assert all("--require-hashes" in each or "--no-deps" in each for each in installs)


def test_the_context_lets_in_what_is_copied_and_no_more() -> None:
    lines = DOCKERFILE.read_text().splitlines()
    copied = {
        source
        for line in lines
        if line.startswith("COPY") and "--from" not in line
        for source in line.split()[1:-1]
    }
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()
    assert context_names() == copied
    assert all((ROOT / each).exists() for each in copied)


def context_names() -> set[str]:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    return {line[1:] for line in ignored if line.startswith("!")}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give an engine that has built the image, and its build stage twice more."""
    engine = Engine(tmp_path_factory.mktemp("engine"))
    engine.make_base()
    for tag in ("stage:one", "stage:two", "image:one"):
        # From another folder each time, of another time.
        context = tmp_path_factory.mktemp("context")
        for name in (*context_names(), "Dockerfile", ".dockerignore"):
            (context / name).parent.mkdir(exist_ok=True)
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
            copy(ROOT / name, context / name)
        engine.build(context, tag, *(("--target", "build") if tag.startswith("stage") else ()))
    yield engine
    shutil.rmtree(engine.place)  # some gigabytes, which pytest would keep


@needs_engine
def test_builds_of_the_same_sources_give_the_same_bytes(engine: Engine) -> None:
    one, two, image = [engine.files(tag) for tag in ("stage:one", "stage:two", "image:one")]
    (wheel,) = one.glob("wheels/*.whl")
    assert wheel.read_bytes() == (two / "wheels" / wheel.name).read_bytes()
    trees = [tree_of(each / "opt") for each in (one, two, image)]
    assert len(trees[0]) > 1000
    assert trees[0] == trees[1] == trees[2]


def tree_of(folder: Path) -> dict[str, tuple[int, str]]:
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


@needs_engine
def test_the_image_is_the_tool_and_nobody_in_particular(engine: Engine) -> None:
    config = engine.config("image:one")
    assert config["Entrypoint"] == ["assistants-sync"]
    assert config["User"] == "10001:10001"
    assert config["WorkingDir"] == "/work"
    container = engine("from", "image:one")
    quickstart = f"{ROOT}/examples/quickstart:/work:ro"
    assert engine.run(container, "id", "-u") == "10001"
    assert engine.run(container, "assistants-sync", "validate", volume=quickstart) == (
        "Valid: 3 definitions."
    )
    engine.run(container, "python", "-c", "import obstore, psycopg; psycopg.connect")
    # What a GitLab job needs: a shell and Python, the entry point set aside.
    assert engine.run(container, "sh", "-c", "python3 -c 'print(1)'") == "1"
    assert (
        engine.run(container, "sh", "-c", "touch /opt/assistants-sync/x 2> /dev/null || echo no")
        == "no"
    )
    environment = engine.files("image:one") / "opt" / "assistants-sync"
    assert not [*environment.glob("bin/pip*"), *environment.glob("lib/*/site-packages/pip")]
    assert not (environment.parents[1] / "root" / ".cache").exists()


@needs_engine
def test_the_image_applies(engine: Engine, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(
        ROOT / "examples" / "quickstart", project, ignore=shutil.ignore_patterns("state")
    )
    (project / "state").mkdir()
    (project / "state").chmod(0o777)  # the image's user is nobody here
    with served_emulator(tmp_path / "store") as vapi:
        container = engine("from", "image:one")
        engine("config", "--env", f"VAPI_BASE_URL={vapi.base_url}", container)
        told = engine.run(
            container, "assistants-sync", "apply", "--auto-approve",
            volume=f"{project}:/work:rw", env="VAPI_API_KEY=key",
        )  # fmt: skip
        assert "3 created" in told
        assert len(named(vapi)) == 3


@needs_engine
def test_the_base_that_stands_in_bears_the_name_of_the_real_one(engine: Engine) -> None:
    assert base_image().startswith("docker.io/library/python:3.")
    assert base_image() in engine("images", "--format", "{{.Name}}:{{.Tag}}")
