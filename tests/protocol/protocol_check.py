"""Search every world and print a table: `python tests/protocol/protocol_check.py [full]`."""

import sys
from collections.abc import Sequence
from pathlib import Path

if __name__ == "__main__":
    # As a script it is not below `tests`, where pytest finds its neighbours.
    sys.path.insert(0, str(Path(__file__).parents[1]))

from protocol.premises import World
from protocol.search import Found, search
from protocol.worlds import DEEP, MUTATIONS, RESIDUES, SOUND


def summary(sound: Sequence[Found], residues: Sequence[Found], mutations: Sequence[Found]) -> str:
    """Give what was searched and found, in one line."""
    states, ends = sum(each.states for each in sound), sum(each.ends for each in sound)
    violations = sum(len(each.ways) for each in sound)
    return (
        f"protocol: {len(sound)} worlds, {states:,} states, {ends:,} ends, "
        f"{violations} violations; {_found(residues)} of {len(residues)} residues as documented; "
        f"{_found(mutations)} of {len(mutations)} mutations caught"
    )


def row(found: Found) -> str:
    """Give one line of the table; of an unexpected breach, the way there too."""
    laws = "; ".join(sorted(found.ways)) or "every law holds"
    line = f"{found.world.name:<48} {found.states:>9,} {found.ends:>7,}  {laws}"
    if found.is_as_expected:
        return line
    ways = (f"  {law}:\n    " + "\n    ".join(way) for law, way in found.ways.items())
    return "\n".join([f"{line}  UNEXPECTED", *ways])


def _found(worlds: Sequence[Found]) -> int:
    return sum(each.is_as_expected for each in worlds)


def _searched(worlds: Sequence[World]) -> list[Found]:
    found = []
    for world in worlds:
        found.append(search(world))
        sys.stdout.write(row(found[-1]) + "\n")
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 when a world is not as expected."""
    sys.stdout.write(f"{'world':<48} {'states':>9} {'ends':>7}  broken\n")
    sound = _searched((*SOUND, *DEEP) if "full" in arguments else SOUND)
    residues, mutations = _searched(RESIDUES), _searched(MUTATIONS)
    sys.stdout.write(summary(sound, residues, mutations) + "\n")
    return 0 if all(each.is_as_expected for each in (*sound, *residues, *mutations)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
