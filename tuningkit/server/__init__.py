"""What the `tuningkit` command needs to open the lessons: the learner's folder, and JupyterLab on it."""

from tuningkit.server.jupyterlab import open_lab, should_open_browser
from tuningkit.server.lessons import Change, lessons_folder, lessons_source, refresh
from tuningkit.server.present import present

__all__ = [
    "Change",
    "lessons_folder",
    "lessons_source",
    "open_lab",
    "present",
    "refresh",
    "should_open_browser",
]
