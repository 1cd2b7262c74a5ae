"""Tables with a row per trial as trials."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuningkit.search.trials import STATUSES, Trial, Trials
from tuningkit.training.run import more_is_better

if TYPE_CHECKING:
    import pandas

_FIXED = ("trial", "epochs", "seconds", "status", "seed", "message")


def read_frame(frame: pandas.DataFrame, *, objective: str, direction: str | None) -> Trials:
    """Trials from a table of pandas."""
    rows = [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False, name=None)]
    return _trials(
        [{name: _plain(value) for name, value in row.items()} for row in rows], objective, direction
    )


def read_csv(path: str | Path, *, objective: str, direction: str | None) -> Trials:
    """Trials from a CSV file; what reads as a number is one."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return _trials(
        [{name: _parsed(text) for name, text in row.items()} for row in rows], objective, direction
    )


def _trials(rows: Sequence[Mapping[str, Any]], objective: str, direction: str | None) -> Trials:
    if not rows or objective not in rows[0]:
        has = ", ".join(map(str, rows[0])) if rows else "no rows"
        raise ValueError(f"The table needs a column {objective!r}: the objective. It has: {has}.")
    # A hyperparameter of the name of a fixed column moved that one aside: "trial seed".
    columns = {name: f"trial {name}" if f"trial {name}" in rows[0] else name for name in _FIXED}
    names = [name for name in rows[0] if name not in columns.values() and name != objective]
    found = []
    for place, row in enumerate(rows, start=1):
        fixed = {name: row.get(column) for name, column in columns.items()}
        value = _number(row[objective])
        status = fixed["status"] or ("finished" if math.isfinite(value) else "failed")
        if status not in STATUSES:
            raise ValueError(
                f"Row {place}: status must be one of: {', '.join(STATUSES)}. Received: {status!r}"
            )
        seed = fixed["seed"]
        found.append(
            Trial(
                int(fixed["trial"] or place),
                {name: row[name] for name in names if row[name] is not None},
                objective=value,
                epochs=_number(fixed["epochs"]),
                seconds=_number(fixed["seconds"]) if fixed["seconds"] is not None else 0.0,
                status=status,
                seed=None if seed is None else int(seed),
                message=str(fixed["message"] or ""),
            )
        )
    way = direction or ("max" if more_is_better(objective) else "min")
    return Trials(tuple(found), objective, way, library="a table")


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _plain(value: Any) -> Any:
    """What pandas holds, in Python's own kinds; a missing value is None."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _parsed(text: str) -> Any:
    if text == "" or text.lower() == "nan":
        return None
    if text in ("True", "False"):
        return text == "True"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
