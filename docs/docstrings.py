"""Reads the package's docstrings: Google's form, whose prose is free to use colons and bars."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, GoogleDocstring
from sphinx.util import inspect

# Types stand in the signatures and in the words; a second table of them would say nothing new.
_FORM = Config(napoleon_attr_annotations=False, napoleon_use_ivar=True, napoleon_use_rtype=False)
_ROLE = re.compile(r":(?:py:)?(?:meth|func|class|mod|attr|obj):`~?\.?([^`]+)`")
_RETURNS = re.compile(r"^(Returns|Yields):\n.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_FIRST = re.compile(r"\A.*?(?=\n\n|\Z)", re.DOTALL)
# Stands for a colon that is part of a sentence, where Napoleon would take what is before it for a type.
_COLON = "\ue000"


def plainer(docstring: str, *, is_value: bool) -> str:
    r"""A docstring in which Napoleon and docutils find only the marks that are meant.

    Args:
        docstring: The whole text.
        is_value: Whether it is that of a property or attribute.

    Returns:
        The text. References to names are `code`; bars as in |x| are bars.

    Example:
        >>> plainer("The size |x| of :meth:`step`.", is_value=False)
        'The size \\|x\\| of `step`.'
    """
    text = _ROLE.sub(r"`\1`", docstring)
    text = _RETURNS.sub(lambda found: found[1] + ":" + _covered(found[0][len(found[1]) + 1 :]), text)
    if is_value:
        text = _FIRST.sub(lambda found: _covered(found[0]), text)
    return "\n".join(map(_barred, text.split("\n")))


def _covered(text: str) -> str:
    return re.sub(r":(?=\s)", _COLON, text)


def _barred(line: str) -> str:
    if line.lstrip().startswith((">>>", "...")):
        return line
    # Not within `code`, which is every second part.
    parts = line.split("`")
    return "`".join(part if number % 2 else part.replace("|", r"\|") for number, part in enumerate(parts))


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    text = plainer("\n".join(lines), is_value=what in ("property", "attribute"))
    made = str(GoogleDocstring(text, _FORM, app, what, name, obj, options))
    lines[:] = made.replace(_COLON, ":").split("\n")


def _signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None] | None:
    # Every widget has a __new__ that passes anything on; what a widget wants stands in its __init__.
    if what != "class" or "*arg" not in (signature or ""):
        return None
    wanted = inspect.signature(obj.__init__, bound_method=True)
    return inspect.stringify_signature(wanted, show_annotation=False), returns


def setup(app: Sphinx) -> dict[str, bool]:
    """Have autodoc's docstrings read this way."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", _process)
    app.connect("autodoc-process-signature", _signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
