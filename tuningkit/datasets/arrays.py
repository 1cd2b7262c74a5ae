"""Make a Dataset from a learner's own arrays; the public door is `Dataset.from_arrays`."""

from collections.abc import Iterable
from typing import Any

from tuningkit.datasets.checks import as_network_input
from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.inputs import read_inputs
from tuningkit.datasets.scaling import scale_inputs
from tuningkit.datasets.split import named_parts, split_rows
from tuningkit.datasets.targets import read_targets


def dataset_from_arrays(
    x: Any,
    y: Any,
    *,
    validation: float,
    test: float,
    seed: int,
    scale: bool,
    class_names: Any,
    name: str,
    task: str | None,
) -> Dataset:
    """Check, split and scale; see `Dataset.from_arrays` for the arguments."""
    if isinstance(class_names, str) or not isinstance(class_names, Iterable):
        raise TypeError(f"class_names must be several names, such as ('cat', 'dog'), not {class_names!r}.")
    inputs, feature_names = read_inputs(x)
    targets, names = read_targets(y, task=task, class_names=tuple(str(label) for label in class_names))
    if len(inputs) != len(targets):
        raise ValueError(
            f"x has {len(inputs)} rows, but y has {len(targets)}: each row of x needs one entry in y."
        )
    rows = split_rows(targets, validation=validation, test=test, seed=seed, class_names=names)
    parts = tuple(inputs[part] for part in rows)
    x = scale_inputs(*parts) if scale else (as_network_input(part, "x") for part in parts)
    return Dataset(
        name=name,
        **named_parts(x, (targets[part] for part in rows)),
        class_names=names,
        feature_names=feature_names,
        source="arrays passed to Dataset.from_arrays",
        licence="not stated",
    )
