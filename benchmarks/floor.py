"""The floor of a plan with nothing to do: parse, fetch, decode, compare, and nothing else.

Arguments: the project's folder, the server, and the `createdAt` each page starts from: the floor is
told where to cut the list, so that every page is fetched at once.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import yaml

CONNECTIONS = 8
PAGE = 100
Object = dict[str, Any]


def parse(folder: Path) -> dict[str, Object]:
    """Give every definition by its name, its prompt read."""

    class _Loader(yaml.CSafeLoader):
        pass

    _Loader.add_constructor("!file", lambda _, node: (folder / node.value).read_text())
    found = {}
    for path in sorted((folder / "assistants").glob("*.yaml")):
        body = yaml.load(path.read_text(), _Loader)  # noqa: S506 -- a safe loader, and one tag more
        found[body["name"]] = body
    return found


async def fetch(base_url: str, cuts: list[str]) -> list[Object]:
    """Give every object, each page asked for at once."""
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=base_url, limits=limits, trust_env=False) as client:

        async def _page(cut: str) -> list[Object]:
            query = {"limit": str(PAGE), "createdAtLe": cut}
            return list(json.loads((await client.get("/assistant", params=query)).content))

        pages = await asyncio.gather(*map(_page, cuts))
    return [each for page in pages for each in page]


def main(folder: str, base_url: str, *cuts: str) -> int:
    """Count what differs."""
    live = {each["name"]: each for each in asyncio.run(fetch(base_url, list(cuts)))}
    different = 0
    for name, body in parse(Path(folder)).items():
        shown = live[name]
        shown["metadata"] = {key: shown["metadata"][key] for key in body["metadata"]}
        different += any(shown[key] != value for key, value in body.items())
    return different


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
