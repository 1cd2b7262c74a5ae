"""Text that stays folded until the learner asks for it."""

from __future__ import annotations

from tuningkit.teaching.rich import folded_html, inline, unmarked


class Hint:
    """A hint under a heading; it opens with a click or the keyboard, also in an exported page.

    Args:
        text: The hint; `code` in backticks and **bold** are understood. An empty line begins a paragraph.
        heading: What stands there while it is folded.

    Raises:
        ValueError: The text is empty.

    Example:
        >>> print(Hint("Look at `model.losses`."))
        Hint: Look at model.losses.
    """

    def __init__(self, text: str, heading: str = "Hint") -> None:
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"A hint is a text with words in it; received {text!r}.")
        self.text = text.strip()
        self.heading = heading

    def __repr__(self) -> str:
        return f"{self.heading}: {unmarked(self.text)}"

    def _repr_html_(self) -> str:
        return folded_html(
            self.heading, "".join(f"<p>{inline(part)}</p>" for part in self.text.split("\n\n"))
        )
