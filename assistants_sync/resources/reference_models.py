"""The models of a kind's API references, made when one of them is asked for."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel


class ReferenceModels(Mapping[str, "type[BaseModel]"]):
    """Year to model, as `load` gives them; it is called once, when somebody first looks in."""

    def __init__(self, load: "Callable[[], Mapping[str, type[BaseModel]]]") -> None:
        self._load = load

    @cached_property
    def _models(self) -> "Mapping[str, type[BaseModel]]":
        return self._load()

    def __getitem__(self, year: str) -> "type[BaseModel]":
        return self._models[year]

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)
