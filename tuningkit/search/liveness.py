"""Which hyperparameters of a hypermodel can move while the network trains, found by comparing models.

Nothing is guessed by a name. Models are built at several values of a hyperparameter and their blueprints compared: if
they differ only in numbers that the live trainer holds, the hyperparameter is live.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tuningkit.search.hypermodel_values import is_fixed, tried_values

if TYPE_CHECKING:
    from tuningkit.search.blueprint import Blueprint
    from tuningkit.search.hypermodel import Hypermodel

#: What moving a hyperparameter means: the running graph takes the new number; a new network is built; the one or
#: the other, depending on the value; nothing in the model changes. UNKNOWN until models were compared.
LIVE, REBUILDS, MIXED, NOTHING, UNKNOWN = "live", "rebuilds", "mixed", "nothing", "unknown"


class Liveness:
    """What is known about the hyperparameters of a hypermodel.

    Args:
        hypermodel: The hypermodel, which builds the models.

    Attributes:
        kinds: For each hyperparameter LIVE, REBUILDS, MIXED, NOTHING or UNKNOWN.

    Example:
        >>> liveness = Liveness(hypermodel)
        >>> for _ in liveness.explore({}):
        ...     pass
        >>> liveness.kinds
        {'units': 'rebuilds', 'dropout': 'live'}
    """

    def __init__(self, hypermodel: Hypermodel) -> None:
        self._hypermodel = hypermodel
        self._tested: set[str] = set()
        self.kinds: dict[str, str] = {}

    def explore(self, base: Mapping[str, Any]) -> Iterator[str]:
        """Find out what each hyperparameter reaches that was not tested yet, one built model at a time.

        Args:
            base: Values to start from. A hyperparameter that is not in use there is tried where it is.

        Yields:
            The hyperparameter under test, after each model.
        """
        hypermodel = self._hypermodel
        while waiting := [name for name in hypermodel.names if name not in self._tested]:
            name = waiting[0]
            self._tested.add(name)
            start = hypermodel.where_used(name, base)
            definition = hypermodel.definition(name, start)
            if is_fixed(definition):
                continue
            present = start.get(name, definition.default)
            found: list[Blueprint] = []
            for value in [present, *tried_values(definition, present)]:
                one = self._blueprint_if_any({**start, name: value})
                if one is not None and name in one.values:
                    found.append(one)
                yield name
            self.kinds[name] = _what_moves(found)

    def compare(self, before: Blueprint, after: Blueprint) -> bool:
        """Whether going from one model to another needs a new network; what that says is remembered.

        A hyperparameter that was found to be live where it was tried, and is not live here, is so no more.
        """
        other = before.structure != after.structure
        names = {**before.values, **after.values}
        moved = [name for name in names if before.values.get(name) != after.values.get(name)]
        if len(moved) == 1:
            kind = self.kinds.get(moved[0], UNKNOWN)
            if (other and kind in (LIVE, NOTHING)) or (not other and kind == REBUILDS):
                self.kinds[moved[0]] = MIXED
            elif kind == NOTHING and before.numbers != after.numbers:
                self.kinds[moved[0]] = LIVE
        return other

    def _blueprint_if_any(self, values: Mapping[str, Any]) -> Blueprint | None:
        try:
            return self._hypermodel.blueprint(values)
        except Exception:
            # There is no model at these values. Who moves a slider there is told why.
            return None


def _what_moves(found: list[Blueprint]) -> str:
    """What a hyperparameter does, from models that differ in it alone."""
    if len(found) < 2:
        return UNKNOWN
    structures: list[Any] = []
    for one in found:
        if one.structure not in structures:
            structures.append(one.structure)
    if len(structures) == 1:
        return LIVE if any(one.numbers != found[0].numbers for one in found) else NOTHING
    return REBUILDS if len(structures) == len(found) else MIXED
