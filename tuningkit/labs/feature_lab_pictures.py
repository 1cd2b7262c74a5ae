"""Filters and feature maps as small pictures that change while the network learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anywidget
import numpy as np
import traitlets

from tuningkit.labs.static import pack_frame, static_text

if TYPE_CHECKING:
    from tuningkit.labs.feature_lab_network import FeatureMaps
    from tuningkit.labs.feature_lab_plan import Plan


class FeaturePictures(anywidget.AnyWidget):
    """The image, and a column per filter: its weights, its map after convolution, its map after pooling.

    All filters share one scale, and all maps another, so that their strengths can be compared. Pointing at a number
    of a map, or moving to it with the arrow keys, frames the window of the image behind it and says the sum.

    The widget is written by one thread and sends nothing back. Draw at most 30 times per second.

    Example:
        >>> pictures = FeaturePictures()
        >>> pictures.draw(lab.plan, lab.feature_maps, pooling="max", caption="validation image 3, a 7")
    """

    _esm = static_text("common.js", "feature_pictures.js")
    _css = static_text("theme.css", "feature_pictures.css")
    _frame = traitlets.Bytes().tag(sync=True)

    def draw(
        self,
        plan: Plan,
        maps: FeatureMaps | None,
        *,
        pooling: str | None,
        caption: str = "",
        sentence: str = "",
    ) -> None:
        """Replace the whole picture.

        Args:
            plan: Sizes and the filters' way over the image.
            maps: What to show; None while no network is there.
            pooling: "max", "average" or None.
            caption: What the image is.
            sentence: The state in words; printed above, and spoken when it changes.
        """
        if maps is None:
            self._frame = pack_frame({"sentence": sentence, "filters": 0})
            return
        rows, columns = plan.rows, plan.columns
        names = ["its weights", "after convolution and ReLU"]
        arrays = [maps.image, _first(maps.filters), maps.biases, _first(maps.after_convolution)]
        if maps.after_pooling is not None:
            names.append(f"after {pooling} pooling")
            arrays.append(_first(maps.after_pooling))
        header = {
            "sentence": sentence,
            "caption": caption,
            "filters": maps.filters.shape[-1],
            "image": list(maps.image.shape),
            "kernel": list(maps.filters.shape[:2]),
            "map": list(maps.after_convolution.shape[:2]),
            "pooled": None if maps.after_pooling is None else list(maps.after_pooling.shape[:2]),
            "pooling": pooling,
            "poolSize": plan.pool_rows.size if plan.pool_rows else 0,
            "stride": rows.step,
            "zeros": {
                "top": rows.before,
                "bottom": rows.after,
                "left": columns.before,
                "right": columns.after,
            },
            "names": names,
        }
        self._frame = pack_frame(header, arrays)


def _first(pictures: np.ndarray) -> np.ndarray:
    """Pictures on the last axis to the first: (rows, columns, filters) to (filters, rows, columns)."""
    return np.moveaxis(pictures, -1, 0)
