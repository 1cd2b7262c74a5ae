"""How a Dataset describes itself: as text and as HTML."""

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tuningkit.datasets.dataset import Dataset

PARTS = ("train", "validation", "test")
PART_NAMES = {"train": "training", "validation": "validation", "test": "test"}
MOST_CLASSES = 12


def text_summary(dataset: "Dataset") -> str:
    """A few lines of plain text.

    Args:
        dataset: Any dataset.

    Returns:
        Name, task, sizes, shape, classes, source and licence.
    """
    sizes = ", ".join(f"{len(getattr(dataset, f'x_{part}')):,} {PART_NAMES[part]}" for part in PARTS)
    lines = [
        f"Dataset {dataset.name!r}: {_task(dataset)}",
        f"  rows     {sizes}",
        f"  inputs   {_inputs(dataset)}",
    ]
    if dataset.task == "classification":
        counts = _counts(dataset, "train")
        shown = [f"{name} ({count:,})" for name, count in zip(dataset.class_names, counts, strict=True)]
        lines.append(f"  classes  {_shortened(shown)}, counted in the training part")
    else:
        lines.append(f"  targets  {_targets(dataset)}")
    lines += [f"  {label:<8} {text}" for label, text in _origin(dataset)]
    return "\n".join(lines)


def html_summary(dataset: "Dataset") -> str:
    """The same as a small table. It sets no colours, so it follows light and dark themes.

    Args:
        dataset: Any dataset.

    Returns:
        HTML with every text escaped.
    """
    cell = "padding:0.15em 1em 0.15em 0;text-align:"
    rows = []

    def row(label: str, values: list[str], tag: str = "td") -> None:
        cells = "".join(f'<{tag} style="{cell}right">{escape(value)}</{tag}>' for value in values)
        rows.append(
            f'<tr style="background:none"><th scope="row" style="{cell}left">{escape(label)}</th>{cells}</tr>'
        )

    row("rows", [f"{len(getattr(dataset, f'x_{part}')):,}" for part in PARTS])
    if dataset.task == "classification":
        counts = [_counts(dataset, part) for part in PARTS]
        for label in range(min(dataset.n_classes, MOST_CLASSES)):
            row(f"class {dataset.class_names[label]}", [f"{part[label]:,}" for part in counts])
        hidden = dataset.n_classes - MOST_CLASSES
        if hidden > 0:
            row(f"{hidden} more classes", [f"{part[MOST_CLASSES:].sum():,}" for part in counts])
    else:
        targets = [getattr(dataset, f"y_{part}").astype(np.float64) for part in PARTS]
        row("target mean", [f"{y.mean():.4g}" for y in targets])
        row("target standard deviation", [f"{y.std():.4g}" for y in targets])
    head = "".join(f'<th scope="col" style="{cell}right">{PART_NAMES[part]}</th>' for part in PARTS)
    notes = "".join(
        f"<div>{escape(label)}: {escape(text)}</div>"
        for label, text in [("inputs", _inputs(dataset)), *_origin(dataset)]
    )
    return (
        f"<div><div><strong>{escape(dataset.name)}</strong>: {escape(_task(dataset))}</div>"
        f'<table style="border-collapse:collapse;margin:0.4em 0;font:inherit;color:inherit">'
        f'<thead><tr style="background:none"><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>{notes}</div>"
    )


def _task(dataset: "Dataset") -> str:
    if dataset.task == "classification":
        return f"classification, {dataset.n_classes} classes"
    targets = 1 if dataset.y_train.ndim == 1 else dataset.y_train.shape[1]
    return "regression, 1 target" if targets == 1 else f"regression, {targets} targets"


def _inputs(dataset: "Dataset") -> str:
    x = dataset.x_train
    text = f"shape {dataset.input_shape}, {x.dtype}, training values from {x.min():.3g} to {x.max():.3g}"
    return f"{text}; columns {_shortened(list(dataset.feature_names))}" if dataset.feature_names else text


def _targets(dataset: "Dataset") -> str:
    y = dataset.y_train.astype(np.float64)
    return (
        f"training values from {y.min():.4g} to {y.max():.4g}, mean {y.mean():.4g}, "
        f"standard deviation {y.std():.4g}"
    )


def _counts(dataset: "Dataset", part: str) -> np.ndarray:
    return np.bincount(getattr(dataset, f"y_{part}"), minlength=dataset.n_classes)


def _origin(dataset: "Dataset") -> list[tuple[str, str]]:
    given = [("source", dataset.source), ("licence", dataset.licence), ("about", dataset.description)]
    return [(label, text) for label, text in given if text]


def _shortened(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_CLASSES])
    hidden = len(names) - MOST_CLASSES
    return f"{shown} and {hidden} more" if hidden > 0 else shown
