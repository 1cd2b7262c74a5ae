"""Runs and trials as plain text: strict JSON, in which a number that is none has a name."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from tuningkit.search.space import Choice, Integer, Log, Uniform
from tuningkit.search.trials import Trial, Trials
from tuningkit.training.run import Change, Run

#: Written in place of what JSON has no number for.
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_DIMENSIONS = {kind.__name__: kind for kind in (Choice, Integer, Log, Uniform)}


def to_record(result: Run | Trials) -> dict[str, Any]:
    """A run without its weights, or a search with its trials, as values that JSON can hold."""
    return run_to_record(result) if isinstance(result, Run) else trials_to_record(result)


def from_record(record: Mapping[str, Any], kind: type[Run] | type[Trials]) -> Any:
    """What :func:`to_record` made a record of.

    Raises:
        ValueError: If it is the record of something else than this kind.
    """
    return run_from_record(record) if issubclass(kind, Run) else trials_from_record(record)


def run_to_record(run: Run) -> dict[str, Any]:
    """Everything of a run but its weights, as values that JSON can hold."""
    record = {one.name: getattr(run, one.name) for one in fields(run) if one.name != "weights"}
    record["changes"] = [asdict(change) for change in run.changes]
    return {"kind": "tuningkit run", **plain(record)}


def run_from_record(record: Mapping[str, Any]) -> Run:
    """A run from what :func:`run_to_record` made of it; it has no weights.

    Raises:
        ValueError: If it is the record of something else.
    """
    values = _checked(record, "tuningkit run")
    values["history"] = {name: np.array(curve, float) for name, curve in values["history"].items()}
    values["changes"] = tuple(Change(**change) for change in values["changes"])
    return Run(weights=[], **values)


def trials_to_record(trials: Trials) -> dict[str, Any]:
    """A search and its trials as values that JSON can hold."""
    record = {one.name: getattr(trials, one.name) for one in fields(trials)}
    record["trials"] = [asdict(trial) for trial in trials]
    record["space"] = {
        name: {"kind": type(dimension).__name__, **asdict(dimension)}
        for name, dimension in trials.space.items()
    }
    return {"kind": "tuningkit trials", **plain(record)}


def trials_from_record(record: Mapping[str, Any]) -> Trials:
    """A search from what :func:`trials_to_record` made of it.

    Raises:
        ValueError: If it is the record of something else.
    """
    values = _checked(record, "tuningkit trials")
    values["trials"] = tuple(Trial(**trial) for trial in values["trials"])
    values["space"] = {name: _dimension(one) for name, one in values["space"].items()}
    return Trials(**values)


def write_record(record: Mapping[str, Any], path: str | Path) -> Path:
    """Write a record as JSON that a person can read, and return its path."""
    path = Path(path)
    path.write_text(to_text(record, indent=1) + "\n", encoding="utf-8")
    return path


def read_record(path: str | Path) -> dict[str, Any]:
    """Read a record.

    Raises:
        ValueError: If the file is not JSON.
    """
    path = Path(path)
    try:
        return from_text(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{str(path)!r} is not a file that to_json() wrote: {error}") from error


def to_text(record: Mapping[str, Any], *, indent: int | None = None) -> str:
    """A record as JSON."""
    return json.dumps(record, indent=indent, allow_nan=False, ensure_ascii=False)


def from_text(text: str) -> dict[str, Any]:
    """A record from its JSON."""
    return _with_numbers(json.loads(text))


def plain(value: Any) -> Any:
    """A value with nothing in it but what strict JSON has: lists for tuples and arrays, words for NaN."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _with_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"number"} and value["number"] in _WORDS:
            return _WORDS[value["number"]]
        return {name: _with_numbers(one) for name, one in value.items()}
    return [_with_numbers(one) for one in value] if isinstance(value, list) else value


def _checked(record: Mapping[str, Any], kind: str) -> dict[str, Any]:
    found = record.get("kind") if isinstance(record, Mapping) else None
    if found != kind:
        raise ValueError(f"This is not the record of a {kind}. Its kind: {found!r}")
    return {name: value for name, value in record.items() if name != "kind"}


def _dimension(values: Mapping[str, Any]) -> Any:
    settings = {name: value for name, value in values.items() if name != "kind"}
    if values["kind"] == "Choice":
        settings["values"] = tuple(settings["values"])
    return _DIMENSIONS[values["kind"]](**settings)
