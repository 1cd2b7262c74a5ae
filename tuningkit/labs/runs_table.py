"""A table of runs that sorts, picks a run and saves itself as CSV."""

from __future__ import annotations

import csv
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets

from tuningkit.labs.selection import Selection
from tuningkit.labs.static import pack_frame, static_text

_KINDS = ("number", "integer", "text")
_FORMATS = ("short", "percent")
_BETTER = ("", "lower", "higher")


@dataclass(frozen=True)
class Column:
    """One column of a `RunsTable`.

    Args:
        name: Key in the rows, and the heading in the CSV file.
        title: Heading that the learner reads.
        kind: "number", "integer" or "text".
        unit: Unit of the values, shown behind the title; "" for none.
        format: How a number is written: "short" (0.0312, 1e-4) or "percent" (0.953 is written 95.3 %).
        better: "lower" or "higher" marks the best value of the column; "" marks none.

    Raises:
        ValueError: An unknown kind, format or `better`, an empty name or title, or a text column with a best
            value.

    Example:
        >>> Column("val_loss", "validation loss", better="lower").kind
        'number'
    """

    name: str
    title: str
    kind: str = "number"
    unit: str = ""
    format: str = "short"
    better: str = ""

    def __post_init__(self) -> None:
        if not self.name or not self.title:
            raise ValueError(f"A column needs a name and a title, but got {self.name!r} and {self.title!r}.")
        for field, value, known in (
            ("kind", self.kind, _KINDS),
            ("format", self.format, _FORMATS),
            ("better", self.better, _BETTER),
        ):
            if value not in known:
                choices = ", ".join(repr(choice) for choice in known)
                raise ValueError(
                    f"{field} of column {self.name!r} must be one of {choices}, but got {value!r}."
                )
        if self.kind == "text" and self.better:
            raise ValueError(f"Column {self.name!r} holds words: none of them is {self.better} than another.")


class RunsTable(anywidget.AnyWidget):
    """A table of runs: click a heading to sort, a row to pick it; download it as CSV.

    A best value carries a star and a bold face. Values that are missing or not finite always sort last. Rows
    that change while the learner reads keep the sort order, the focus and the place in the scrolled table.

    One thread at a time may call `show`.

    Attributes:
        selected_id: `id` of the picked row, or None. Set by the learner or from Python, observable.
        rows: What is shown now, in the order given to `show`.

    Args:
        columns: The columns, left to right.
        empty: What stands in place of the rows while there are none.
        max_height: Largest height of the scrolled part in pixels, 120 to 2000.
        file_name: Name of the file that the learner's browser saves.
        thing: What a row is, such as "run" or "trial".

    Raises:
        ValueError: No column, two columns of one name, or a height out of range.
        TypeError: Something else than a Column is given.

    Example:
        >>> table = RunsTable([Column("l2", "L2 strength"), Column("val_loss", "validation loss", better="lower")])
        >>> table.show([{"id": "1", "l2": 1e-4, "val_loss": 0.31}, {"id": "2", "l2": 1e-2, "val_loss": 0.24}])
        >>> table.selected_id = "2"
    """

    _esm = static_text("common.js", "runs_table.js")
    _css = static_text("theme.css", "runs_table.css")

    selected_id = traitlets.Any(None, allow_none=True, help="id of the picked row, or None")
    _labels = traitlets.Dict().tag(sync=True)
    _frame = traitlets.Bytes().tag(sync=True)
    _selection = traitlets.Instance(Selection, allow_none=True).tag(
        sync=True, **ipywidgets.widget_serialization
    )
    _order = traitlets.Instance(Selection, allow_none=True).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        empty: str = "No runs yet. Each run you train gets a row here.",
        max_height: int = 280,
        file_name: str = "runs.csv",
        thing: str = "run",
    ) -> None:
        columns = list(columns)
        if not columns:
            raise ValueError("A table needs at least one Column, but got none.")
        for column in columns:
            if not isinstance(column, Column):
                raise TypeError(
                    f"columns must hold Column objects, but got {type(column).__name__}: {column!r}."
                )
        names = [column.name for column in columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"Every column needs a name of its own, but {', '.join(twice)} comes more than once."
            )
        if not 120 <= max_height <= 2000:
            raise ValueError(f"max_height must be between 120 and 2000 pixels, but got {max_height!r}.")
        self._columns = columns
        self._rows: list[dict[str, Any]] = []
        super().__init__(
            _labels={
                "columns": [asdict(column) for column in columns],
                "empty": empty,
                "maxHeight": int(max_height),
                "file": file_name,
                "thing": thing,
            },
            _selection=Selection(),
            _order=Selection(),
        )
        self._selection.observe(self._picked_in_browser, "value")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows shown now: dicts of `id` and one plain value per column."""
        return [dict(row) for row in self._rows]

    def show(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Show these rows in place of the earlier ones; rows with the same `id` are updated.

        Args:
            rows: Each with an `id` (a text or an integer, no two alike) and a value per column; a column that
                is left out or None is empty. Other keys are ignored.

        Raises:
            ValueError: A row has no id, two rows have the same one, or a value does not fit its column.

        Example:
            >>> table.show([{"id": 1, "l2": 1e-4, "val_loss": float("nan")}])
        """
        taken: dict[str, Any] = {}
        for number, row in enumerate(rows):
            key = row.get("id")
            if isinstance(key, bool) or not isinstance(key, (str, numbers.Integral)):
                raise ValueError(f"Row {number} needs an 'id', a text or an integer, but has {key!r}.")
            if str(key) in taken:
                raise ValueError(f"Every row needs an id of its own, but {key!r} comes twice.")
            plain = {"id": key if isinstance(key, str) else int(key)}
            for column in self._columns:
                plain[column.name] = plain_value(row.get(column.name), column)
            taken[str(key)] = plain
        self._rows = list(taken.values())
        if self.selected_id is not None and self.selected_id not in self._ids():
            self.selected_id = None
        # JSON has no word for NaN and infinity.
        wire = [{name: _for_json(value) for name, value in row.items()} for row in self._rows]
        self._frame = pack_frame({"rows": wire})

    def to_csv(self, path: str | Path) -> Path:
        """Write the rows to a file: comma-separated, one heading line, numbers in full precision.

        Args:
            path: The file; its folder must exist.

        Returns:
            The path.

        Example:
            >>> table.to_csv("runs.csv")
        """
        path = Path(path)
        names = list(dict.fromkeys(["id", *(column.name for column in self._columns)]))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(self._rows)
        return path

    def close(self) -> None:
        """Remove the table from the notebook and free what it holds."""
        for part in (self._selection, self._order):
            # Python also closes what a refused argument left half made.
            if part is not None:
                part.close()
        super().close()

    def _ids(self) -> set[str | int]:
        return {row["id"] for row in self._rows}

    @traitlets.validate("selected_id")
    def _check_selected(self, proposal: traitlets.Bunch) -> str | int | None:
        key = proposal["value"]
        if key is not None and key not in self._ids():
            raise traitlets.TraitError(
                f"selected_id must be the id of a row shown, or None, but got {key!r}."
            )
        return key

    @traitlets.observe("selected_id")
    def _tell_browser(self, change: traitlets.Bunch) -> None:
        self._selection.value = change["new"]

    def _picked_in_browser(self, change: traitlets.Bunch) -> None:
        # A page may still show a row that is gone.
        if change["new"] is None or change["new"] in self._ids():
            self.selected_id = change["new"]


def plain_value(value: Any, column: Column) -> float | int | str | None:
    """A cell's value as a plain number or text.

    Args:
        value: What the row holds; NumPy scalars are fine, None is an empty cell.
        column: The column it stands in.

    Returns:
        A text for a text column, an int for a whole number of an integer column, else a float, or None.

    Raises:
        ValueError: A number column holds something else than a number, or an integer column a fraction.

    Example:
        >>> plain_value(np.float32(0.5), Column("loss", "loss"))
        0.5
    """
    if value is None:
        return None
    if column.kind == "text":
        return str(value)
    if isinstance(value, str) or not hasattr(value, "__float__"):
        raise ValueError(f"Column {column.name!r} holds numbers, but got {value!r}.")
    # float32(0.1) is meant as 0.1, not as 0.10000000149.
    number = float(str(value)) if isinstance(value, np.floating) else float(value)
    if column.kind == "integer" and math.isfinite(number):
        if not number.is_integer():
            raise ValueError(f"Column {column.name!r} holds whole numbers, but got {value!r}.")
        return int(value)
    return number


def _for_json(value: float | int | str | None) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"notFinite": str(value)}
    return value
