"""Dataset: training, validation and test arrays that belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np

from tuningkit.datasets.checks import require_count, require_fraction
from tuningkit.datasets.consistency import check_names, check_shapes, read_only_arrays
from tuningkit.datasets.resampling import stratified_order, wrong_labels
from tuningkit.datasets.summary import html_summary, text_summary
from tuningkit.datasets.text_checks import check_ids, check_texts, check_vocabulary
from tuningkit.datasets.vocabulary import ids_of, text_of


# eq=False: comparing arrays with == gives arrays, so two datasets are equal only if they are the same object.
@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Training, validation and test arrays with their names and their origin.

    The arrays are read-only copies. Train on `x_train`, compare settings on `x_validation`, and look at
    `x_test` once, at the end. Most learners never call this constructor: use a loader such as
    `tuningkit.datasets.load_digits()`, or `Dataset.from_arrays` for your own data. Call it directly when your
    data is already split and scaled.

    Args:
        name: A short name, shown in titles.
        x_train: Training inputs, shape (rows, ...). Whole numbers become int32, everything else float32.
        y_train: Training targets: whole numbers 0..C-1 of shape (rows,) for classes, or floats of shape
            (rows,) or (rows, targets) for regression. Becomes int32 or float32.
        x_validation: Validation inputs, same shape after the first axis.
        y_validation: Validation targets.
        x_test: Test inputs, same shape after the first axis.
        y_test: Test targets.
        class_names: One name per class, in label order. Left empty for classes, it becomes "0", "1", and so
            on. Must stay empty for regression.
        feature_names: One name per column of a two-dimensional `x_train`, or empty.
        source: Where the data comes from.
        licence: Under which terms it may be used.
        description: One or two sentences for the learner.
        vocabulary: For texts as rows of ids: the character or word of each id, 0 for padding and 1 for unknown
            ones. Else empty.

    Raises:
        TypeError: If an array is not made of numbers.
        ValueError: If lengths or shapes do not fit together, an array is empty or has NaN or infinity, or a
            label has no class.

    Example:
        >>> import tuningkit as tk
        >>> digits = tk.datasets.load_digits()
        >>> digits.x_train.shape, digits.n_classes
        ((1347, 64), 10)
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    source: str = ""
    licence: str = ""
    description: str = ""
    vocabulary: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # object.__setattr__ is how a frozen dataclass fills its own fields.
        for field, array in read_only_arrays(self).items():
            object.__setattr__(self, field, array)
        check_shapes(self)
        names = tuple(str(name) for name in self.class_names)
        if not names and self.task == "classification":
            highest = max(int(y.max()) for y in (self.y_train, self.y_validation, self.y_test))
            names = tuple(str(label) for label in range(highest + 1))
        object.__setattr__(self, "class_names", names)
        object.__setattr__(self, "feature_names", tuple(str(name) for name in self.feature_names))
        check_names(self)
        object.__setattr__(self, "vocabulary", tuple(self.vocabulary))
        check_vocabulary(self)

    @property
    def task(self) -> Literal["classification", "regression"]:
        """What is to be predicted: a class, or an amount."""
        return "classification" if self.y_train.dtype.kind == "i" else "regression"

    @property
    def n_classes(self) -> int:
        """Number of classes; 0 for regression."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example: what `keras.Input` asks for."""
        return self.x_train.shape[1:]

    @property
    def n_ids(self) -> int:
        """Number of ids of texts: the first argument of `keras.layers.Embedding`; 0 for other data."""
        return len(self.vocabulary)

    def text(self, ids: Any) -> str:
        """The text that a row of ids stands for, without its padding.

        Args:
            ids: One row of x, shape (length,).

        Returns:
            The text, with the sign � for what the training texts did not have.

        Raises:
            ValueError: If this data has no texts, or ids is not one row of its ids.

        Example:
            >>> phrases = load_phrases()
            >>> phrases.text(phrases.ids(["Japan"])[0])
            'Japan'
        """
        return text_of(check_ids(self, ids), self.vocabulary)

    def ids(self, texts: Sequence[str]) -> np.ndarray:
        """Your own texts as rows of ids, ready for `model.predict`.

        Args:
            texts: A list of texts. What is too long is cut off at the end.

        Returns:
            Ids, shape (texts, length), int32.

        Raises:
            TypeError: If texts is not a list of texts.
            ValueError: If this data has no texts.

        Example:
            >>> load_phrases().ids(["one", "two"]).shape
            (2, 32)
        """
        return ids_of(check_texts(self, texts), self.vocabulary, self.input_shape[0])

    @classmethod
    def from_arrays(
        cls,
        x: Any,
        y: Any,
        *,
        validation: float = 0.2,
        test: float = 0.2,
        seed: int = 0,
        scale: bool = True,
        class_names: Sequence[str] = (),
        name: str = "your data",
        task: Literal["classification", "regression"] | None = None,
    ) -> "Dataset":
        """Make a dataset from your own arrays: check them, split them, scale the inputs.

        **What y means.** Texts, True/False and whole numbers are classes; any numbering becomes 0..C-1 and
        the original labels are kept as `class_names`. One-hot rows (a single 1, else 0) are classes. Floats
        are amounts (regression), unless all of them are whole and at most 20 different values occur: then
        they are classes too. `task` settles every doubt.

        **Regression targets keep their units**, so that an error of 3 means 3 of yours. Networks start near
        zero and learn targets of size one best: if yours run into the hundreds, divide them (thousands of
        euros instead of euros) before you pass them, or the first epochs only learn the offset.

        **Scaling** uses the training part's statistics only. A table is standardised column by column
        (mean 0, standard deviation 1). Images and signals (three or more axes) share one scale: to [0, 1] if
        nothing in the training part is negative, else to mean 0 and standard deviation 1. Whole numbers are
        scaled like any others; with `scale=False` they stay whole (int32), as an Embedding layer needs for
        token ids.

        Args:
            x: Inputs: array, nested list, tensor or pandas DataFrame of shape (rows, ...), two axes or more.
            y: Targets, shape (rows,), (rows, classes) one-hot, or (rows, targets) for regression.
            validation: Share of the rows for validation, above 0 and below 1.
            test: Share of the rows for the test part, above 0 and below 1.
            seed: Seed of the split, 0 or more.
            scale: Whether to scale x.
            class_names: Names of the classes in the order of the sorted labels. If y holds texts, the same
                texts in the order you want.
            name: A short name, shown in titles.
            task: `"classification"`, `"regression"`, or None to decide by the rules above.

        Returns:
            The dataset; the split is stratified for classes.

        Raises:
            TypeError: If x or y holds something that is not a number (or, for y, a text).
            ValueError: If x or y is empty, has NaN or infinity, does not fit the other, has one class only,
                or has too few rows for the split.

        Example:
            >>> import numpy as np
            >>> x = np.random.default_rng(0).normal(size=(100, 3))
            >>> data = Dataset.from_arrays(x, np.where(x[:, 0] > 0, "up", "down"))
            >>> data.class_names, data.x_train.shape
            (('down', 'up'), (60, 3))
        """
        from tuningkit.datasets.arrays import dataset_from_arrays

        return dataset_from_arrays(
            x,
            y,
            validation=validation,
            test=test,
            seed=seed,
            scale=scale,
            class_names=class_names,
            name=name,
            task=task,
        )

    def subset(self, n: int, *, seed: int = 0) -> "Dataset":
        """Keep n training rows; validation and test stay whole. Little data makes overfitting easy to see.

        The draw is stratified and nested: with one seed, the rows of a smaller subset are also in a larger
        one. Inputs are not scaled again, so results stay comparable.

        Args:
            n: Number of training rows to keep: at least one per class, at most all.
            seed: Seed of the draw.

        Returns:
            A new dataset; the rows keep their order.

        Raises:
            TypeError: If n is not a whole number.
            ValueError: If n is too small or too large.

        Example:
            >>> load_digits().subset(100).x_train.shape
            (100, 64)
        """
        rows = len(self.x_train)
        n = require_count(n, "n", least=1)
        classes = self.y_train if self.task == "classification" else np.zeros(rows, dtype=np.int32)
        needed = len(np.unique(classes))
        if not needed <= n <= rows:
            reason = f"one per class makes {needed}" if n < needed else f"the training part has {rows}"
            raise ValueError(
                f"n must be between {needed} and {rows} training rows ({reason}), but it is {n}."
            )
        seed = require_count(seed, "seed", least=0)
        chosen = np.sort(stratified_order(classes, seed=seed)[:n])
        return replace(
            self,
            name=f"{self.name}, {n} training rows",
            x_train=self.x_train[chosen],
            y_train=self.y_train[chosen],
        )

    def with_label_noise(self, fraction: float, *, seed: int = 0) -> "Dataset":
        """Give a share of the training rows a wrong label; validation and test stay right.

        Each chosen row gets one of the other classes at random, so every chosen label is truly wrong. With
        one seed, the wrong labels of a smaller fraction are also wrong in a larger one.

        Args:
            fraction: Share of the training rows, from 0 to 1; rounded to whole rows.
            seed: Seed of the draw.

        Returns:
            A new dataset.

        Raises:
            TypeError: If fraction is not a number.
            ValueError: If fraction is out of range or the data has no classes.

        Example:
            >>> noisy = load_digits().with_label_noise(0.2)
            >>> noisy.name
            'digits, 20 % wrong training labels'
        """
        if self.task == "regression":
            raise ValueError(
                f"{self.name!r} has amounts, not classes: label noise changes class labels only."
            )
        fraction = require_fraction(fraction, "fraction", ends=True)
        seed = require_count(seed, "seed", least=0)
        return replace(
            self,
            name=f"{self.name}, {100 * fraction:g} % wrong training labels",
            y_train=wrong_labels(self.y_train, fraction, self.n_classes, seed=seed),
        )

    def __reduce__(self) -> tuple:
        # Unpickled arrays are writable; going through the constructor freezes them again.
        return (type(self), tuple(getattr(self, field.name) for field in fields(self)))

    def __repr__(self) -> str:
        return text_summary(self)

    def _repr_html_(self) -> str:
        return html_summary(self)
