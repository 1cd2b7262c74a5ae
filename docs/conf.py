"""How Sphinx makes the pages. `python docs/build.py` puts their sources together and calls it."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
# The reference imports the package; nothing is trained for it.
os.environ.update(TUNINGKIT_PRELOAD="0", TF_CPP_MIN_LOG_LEVEL="3", MPLBACKEND="agg")

project = "tuningkit"
author = "The tuningkit developers"
project_copyright = "The tuningkit developers, BSD-3-Clause"
language = "en"

extensions = ["myst_nb", "docstrings", "formulas"]
# A link that leads nowhere is a warning, and build.py makes warnings errors.
nitpicky = True

# Lessons: docs/execution.py runs them. Widgets are shown as pictures or text, and need no script from a network.
nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [("*", "application/vnd.jupyter.widget-view+json", None)]
nb_number_source_lines = False
myst_enable_extensions = ["colon_fence", "dollarmath", "attrs_inline"]
myst_heading_anchors = 4
myst_heading_slug_func = "pages.heading_anchor"

# The reference: docstrings are Google's form, with `code` in single backticks.
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"
autodoc_preserve_defaults = True
default_role = "literal"
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

html_theme = "sphinx_book_theme"
html_title = "tuningkit"
html_math_renderer = "mathml"
html_static_path = [str(Path(__file__).parent / "_static")]
html_css_files = ["pages.css"]
html_favicon = str(Path(__file__).parent / "_static" / "icon.svg")
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
# Light or dark, as the reader's system has it, until the reader chooses.
html_context = {"default_mode": "auto"}
html_theme_options = {
    "repository_url": "https://github.com/tuningkit/tuningkit",
    "repository_branch": "HEAD",
    "path_to_docs": "",
    "launch_buttons": {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"},
    "use_repository_button": True,
    "use_download_button": False,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navbar_persistent": [],
}
