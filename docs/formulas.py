"""Formulas as MathML, which every current browser draws and every screen reader reads, without a script or a network.

Docutils translates them. It does not know a few commands that JupyterLab's MathJax does; they are rewritten first.

Reference: https://developer.mozilla.org/en-US/docs/Web/MathML
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

# What MathJax takes, and the same in the words of docutils.
_REWRITTEN = (
    (re.compile(r"\\(?:big|Big|bigg|Bigg)l?(?=[(\[])"), r"\\left"),
    (re.compile(r"\\(?:big|Big|bigg|Bigg)r?(?=[)\]])"), r"\\right"),
    (re.compile(r"\\dots(?![a-z])"), r"\\ldots"),
    (re.compile(r"\\([td]?frac)\s*(\d)\s*(\d)"), r"\\\1{\2}{\3}"),
    (re.compile(r"\\texttt(?![a-z])"), r"\\text"),
    # In words an underscore is an underscore.
    (re.compile(r"\\text\{[^}]*\}"), lambda words: words[0].replace(r"\_", "_")),
)


def mathml(formula: str, *, block: bool) -> str:
    """A formula as MathML.

    Args:
        formula: LaTeX, without dollar signs.
        block: Whether it stands on a line of its own.

    Returns:
        A `<math>` element.

    Raises:
        docutils.utils.math.MathError: There is a command in it that docutils does not know.

    Example:
        >>> mathml("x^2", block=False).count("<msup>")
        1
    """
    for pattern, words in _REWRITTEN:
        formula = pattern.sub(words, formula)
    return tex2mathml(formula, as_block=block)


def _translated(node: nodes.Element, *, block: bool) -> str:
    try:
        return mathml(node.astext(), block=block)
    except MathError as error:
        logger.warning("no MathML for the formula %r: %s", node.astext(), error, location=node)
        return f"<code>{node.astext()}</code>"


def _visit_inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(_translated(node, block=False))
    raise nodes.SkipNode


def _visit_block(translator: Any, node: nodes.math_block) -> None:
    # A wide formula scrolls in its own box; the box can be reached with the keyboard.
    translator.body.append(f'<div class="tk-formula" tabindex="0">{_translated(node, block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Make `html_math_renderer = "mathml"` known to Sphinx."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_visit_inline, None), block_renderers=(_visit_block, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
