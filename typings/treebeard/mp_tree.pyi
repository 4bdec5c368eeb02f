from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar

from django.db import models

_M = TypeVar("_M", bound=models.Model)

class MP_NodeManager(models.Manager[_M]):
    def add_root(
        self, create_kwargs: Mapping[str, Any] | None = None, *, instance: _M | None = None
    ) -> _M: ...
    def add_child(
        self,
        target: _M,
        create_kwargs: Mapping[str, Any] | None = None,
        *,
        instance: _M | None = None,
    ) -> _M: ...
    def move(self, node: _M, target: _M, pos: str | None = None) -> None: ...
    def get_last_root_node(self) -> _M | None: ...
    def find_problems(
        self, parent: _M | None = None
    ) -> tuple[list[int], list[int], list[int], list[int], list[int]]: ...

class MP_Node(models.Model):
    steplen: ClassVar[int]
    path: models.CharField[str, str]
    depth: models.PositiveIntegerField[int, int]
    numchild: models.PositiveIntegerField[int, int]
    objects: ClassVar[MP_NodeManager[Self]]

    def is_leaf(self) -> bool: ...
    class Meta:
        abstract: ClassVar[bool]
