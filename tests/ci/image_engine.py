"""A container engine without daemon and registry: buildah in a chroot, on a base of our own.

The base has what the Dockerfile asks of `python:slim`, a Python with `venv` on Debian, and is made
from Debian's own packages. It stands in under the name the Dockerfile gives, so that the file is
built as it is.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ci.served_emulator import ROOT

DOCKERFILE: Final = ROOT / "Dockerfile"
_CERTIFICATES: Final = Path("etc/ssl/certs/ca-certificates.crt")
_MIRROR: Final = "http://deb.debian.org/debian"


def base_image() -> str:
    """Give the name of the image that the Dockerfile starts from."""
    (name,) = re.findall(r"^ARG PYTHON_IMAGE=(.+)$", DOCKERFILE.read_text(), re.MULTILINE)
    return str(name)


@dataclass(frozen=True)
class Engine:
    """Keeps images and containers in `place`."""

    place: Path

    def __call__(self, *argv: str) -> str:
        storage = ("--root", f"{self.place}/root", "--runroot", f"{self.place}/runroot")
        ended = subprocess.run(
            ["buildah", *storage, "--storage-driver", "vfs", *argv],  # noqa: S607 -- where installed
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},  # noqa: TID251 -- buildah needs the caller's
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, f"buildah {' '.join(argv)}: {ended.stdout}{ended.stderr}"
        return ended.stdout.strip()

    def make_base(self) -> None:
        """Make what stands in for the base image."""
        tree = self.place / "base"
        packages = "--include=python3,python3-venv,ca-certificates"
        subprocess.run(
            ["debootstrap", "--variant=minbase", packages, "bookworm", tree, _MIRROR],  # noqa: S607 -- as above
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        # Whoever stands between this machine and the package index is believed inside, too.
        shutil.copy(Path("/") / _CERTIFICATES, tree / _CERTIFICATES)
        (tree / "etc/pip.conf").write_text(f"[global]\ncert = /{_CERTIFICATES}\n")
        container = self("from", "scratch")
        self("copy", "-q", container, str(tree), "/")
        self("config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin", container)
        self("commit", "-q", container, base_image())
        self("rm", container)
        shutil.rmtree(tree)

    def build(self, context: Path, tag: str, *flags: str) -> None:
        """Build the Dockerfile as it is, from nothing kept."""
        common = ("--no-cache", "--pull-never", "--network", "host", "--tag", tag)
        self("bud", *common, *flags, str(context))

    def files(self, tag: str) -> Path:
        """Give the files of an image."""
        return Path(self("mount", self("from", tag)))

    def config(self, tag: str) -> dict[str, Any]:
        """Give what the image says about how it is run."""
        said: dict[str, Any] = json.loads(self("inspect", "--type", "image", tag))
        config: dict[str, Any] = said["OCIv1"]["config"]
        return config

    def run(self, container: str, *argv: str, volume: str = "", env: str = "") -> str:
        """Run a command in a container, as the user the image says."""
        flags = [*(("--volume", volume) if volume else ()), *(("--env", env) if env else ())]
        return self("run", "--network", "host", *flags, container, "--", *argv)
