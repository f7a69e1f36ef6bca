"""Files on this machine: the same contract, without a server."""

from pathlib import Path

from backends.place import Death, Place


class Files:
    """A `Server` that is none."""

    name = "local"
    on_death: Death = "freed"
    can_break = False

    def start(self, folder: Path) -> None:
        """Do nothing: a disk is always there."""

    def place(self, name: str, folder: Path) -> Place:
        """Give a new folder; see `Server.place`."""
        return Place(self.name, folder / name, on_death=self.on_death)

    def stop(self) -> None:
        """Do nothing."""


PLACES = [Files()]
