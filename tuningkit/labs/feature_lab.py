"""``tk.FeatureLab``: what convolution and pooling make of an image, and what that costs."""

from __future__ import annotations

import html
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tuningkit.labs import controls as parts
from tuningkit.labs.feature_lab_inputs import ImageInputs, StructureInputs
from tuningkit.labs.feature_lab_session import FeatureSession
from tuningkit.labs.feature_lab_settings import FeatureSettings
from tuningkit.labs.feature_lab_view import FeatureView
from tuningkit.labs.structure_data import check_dataset
from tuningkit.labs.structure_lab import StructureLab

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset
    from tuningkit.labs.feature_lab_network import FeatureMaps
    from tuningkit.labs.feature_lab_plan import Plan


class FeatureLab(StructureLab):
    """Build a small convolutional network, and watch its filters and feature maps while it learns.

    The network is one convolution with ReLU, one pooling layer and one dense layer of scores. Each filter stands in
    a column with what it makes of the chosen image, after convolution and after pooling; below, every output size
    and parameter count is worked out, beside a dense layer that gives as many outputs. Kernel size, filters, stride,
    padding and pooling can be moved: the pictures answer at once, before any training, and once Train was pressed
    the new network is trained too. A combination that is not possible is said in place, and the last possible
    network stays.

    Args:
        data: Images of shape (height, width, 1), with classes. None: the digits, 8 by 8 pixels.
        **settings: Where the controls stand at first: ``kernel_size``, ``filters``, ``stride``, ``padding`` ("valid"
            or "same"), ``pooling`` ("max", "average" or None), ``pool_size``, ``learning_rate``, ``epochs``,
            ``seed``.

    Raises:
        TypeError: If the data is of another kind.
        ValueError: If a setting is unknown, its value not possible, or kernel, stride and pooling do not fit the
            images.

    Example:
        >>> lab = tk.FeatureLab(kernel_size=5, filters=6)
        >>> lab.train().wait()
        >>> lab.feature_maps.after_convolution.shape, lab.plan.parameters
        ((4, 4, 6), 406)

    Reference:
        LeCun, Bottou, Bengio & Haffner (1998), https://doi.org/10.1109/5.726791;
        Dumoulin & Visin (2016), https://arxiv.org/abs/1603.07285
    """

    session: FeatureSession

    def __init__(self, data: Dataset | None = None, **settings: Any) -> None:
        from tuningkit.datasets import load_digits

        data = load_digits(images=True) if data is None else data
        _check_data(data)
        start = FeatureSettings().changed(**settings)
        self._data = data
        session = FeatureSession(data, start, on_update=self._update)
        self._view = FeatureView(data.class_names)
        self._inputs = StructureInputs(start, max(data.input_shape[:2]), self._moved)
        self._images = ImageInputs(data, session.look_at)
        self._notice = parts.words()
        self._view.table.observe(self._picked, "selected_id")
        buttons = self._buttons(session, "the network")
        rows = [buttons, *self._inputs.rows(), self._notice, self._images.row()]
        super().__init__(session, [*rows, *self._view.widgets])
        session.refresh()

    # Controls

    def _moved(self, _: str, __: Any) -> None:
        # All controls count, not only the one that moved: an earlier move may have waited for this one.
        try:
            wanted = FeatureSettings(**self._inputs.values)
            self.session.plan(wanted)
        except (TypeError, ValueError) as error:
            self._say(f"{error}. The network from before this move stays.")
            return
        self._take(wanted)

    def _take(self, wanted: FeatureSettings) -> None:
        self._say("")
        self._look_at_present()
        self.session.set(wanted)

    def _look_at_present(self) -> None:
        self._view.table.selected_id = None

    def _say(self, words: str) -> None:
        """Say beside the controls why they cannot be obeyed."""
        self._notice.value = (
            f"<div role='alert'><b>Not possible.</b> {html.escape(words)}</div>" if words else ""
        )

    def _picked(self, change: dict[str, Any]) -> None:
        self.session.pick(int(change["new"]) if change["new"] is not None else None)

    # From Python

    def set(self, **settings: Any) -> FeatureLab:
        """Move controls from Python: ``lab.set(kernel_size=5, padding="same")``.

        Raises:
            RuntimeError: If the lab is closed.
            TypeError: If a value is of another kind.
            ValueError: If a name, a value or the combination is not possible; nothing is moved then.
        """
        self.session.check_open()
        wanted = self.session.settings.changed(**settings)
        self.session.plan(wanted)
        self._inputs.show(asdict(wanted))
        self._take(wanted)
        return self

    @property
    def settings(self) -> FeatureSettings:
        """The settings of the network under way: those of the controls, unless these are not possible."""
        return self.session.settings

    @property
    def plan(self) -> Plan:
        """Output sizes and parameter counts for these settings, layer by layer."""
        return self.session.plan(self.settings)

    def show(self, image: int = 0, *, label: int | None = None) -> FeatureLab:
        """Choose the image that is looked at.

        Args:
            image: Place among the validation images, or among those of the class ``label``; from 0.
            label: A class, as a number from 0; None takes all.

        Raises:
            RuntimeError: If the lab is closed.
            TypeError: If a number is none.
            ValueError: If there is no such class or image.
        """
        from tuningkit.models.sizes import whole_number

        self.session.check_open()
        if label is not None:
            label = whole_number("label", label, 0, self._data.n_classes - 1)
        count = self._images.count(label)
        if not count:
            raise ValueError(f"There is no validation image of class {label}. Received: label={label}")
        self._images.choose(whole_number("image", image, 0, count - 1), label)
        return self

    @property
    def feature_maps(self) -> FeatureMaps | None:
        """The chosen image in the network in front, as arrays; None before the network is built."""
        return self.session.latest.maps

    def model(self) -> keras.Model:
        """A copy of the network in front as an ordinary Keras model, with its weights of the moment.

        Raises:
            RuntimeError: If no network is built yet.
        """
        from tuningkit.labs.feature_lab_network import build_network

        shown = self.session.latest.shown
        if not shown.weights:
            raise RuntimeError("The network is not built yet. Call lab.wait() first.")
        model = build_network(shown.settings, self._data.input_shape, self._data.n_classes)
        model.set_weights(list(shown.weights))
        return model

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        from tuningkit import plots
        from tuningkit.labs.feature_lab_words import answer_words, image_words
        from tuningkit.labs.static_picture import empty_figure

        seen = self.session.latest
        if seen.maps is None:
            return empty_figure("The network is not built yet. Call lab.wait(), or press Train.")
        names = self._data.class_names
        image = image_words(seen.image, names[seen.maps.label]).capitalize()
        return plots.feature_maps(
            seen.maps.image,
            seen.maps.filters,
            seen.maps.after_convolution,
            seen.maps.after_pooling,
            title=f"{image}. {answer_words(seen.maps, names, seen.shown)}\n{seen.shown.settings.in_words()}",
        )

    def __repr__(self) -> str:
        from tuningkit.labs.feature_lab_words import count_words, result_words

        shown = self.session.latest.shown
        return f"FeatureLab, {shown.settings.in_words()}: {result_words(shown)}. {count_words(shown.plan)}"


def _check_data(data: Any) -> None:
    check_dataset(data, " of images, for example tk.datasets.load_digits(images=True)")
    if len(data.input_shape) != 3 or data.input_shape[2] != 1:
        raise ValueError(
            "A FeatureLab takes images of shape (height, width, 1), one channel, so that each filter is one picture: "
            "for example tk.datasets.load_digits(images=True). Received rows of the shape "
            f"{tuple(data.input_shape)}."
        )
    if data.task != "classification":
        raise ValueError(
            "A FeatureLab needs images with classes. Received: targets that are amounts (regression)."
        )
