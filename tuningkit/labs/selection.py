"""What the learner has picked in a widget, kept apart from what Python draws there."""

from __future__ import annotations

import ipywidgets
import traitlets


class Selection(ipywidgets.Widget):
    """A value that both the browser and Python may set, with a message channel of its own.

    A picture and the learner's choice in it are two widgets on purpose. The kernel hands a message from the
    browser to the thread loop that last published on the same channel: were the choice a trait of the
    picture, which a training thread redraws thirty times a second, a click would wait until a busy cell ends.
    And ipywidgets holds back every notification of a widget while a browser message is taken in, which would
    let a redraw slip away at that moment.

    Attributes:
        value: What is picked, in plain JSON values; None while nothing is.

    Example:
        >>> Selection(value=[0, 2]).value
        [0, 2]
    """

    value = traitlets.Any(None, allow_none=True, help="What is picked; None while nothing is.").tag(sync=True)
