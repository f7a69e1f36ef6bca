"""Which run a fault ended, for the documents that say so."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """A command in an environment.

    `folder` is put before every file's name, for readers that start from the repository's root;
    it is empty, or ends in a slash.
    """

    command: str
    environment: str
    folder: str = ""
