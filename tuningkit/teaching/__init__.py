"""What turns a notebook into a lesson: predictions, quizzes, exercise checks, challenges, progress.

Names are loaded when they are first used, so that `import tuningkit` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME_OF = {
    "Challenge": "challenge",
    "CheckResult": "results",
    "Hint": "fold",
    "Option": "question",
    "Prediction": "prediction",
    "Progress": "progress",
    "Question": "question",
    "Quiz": "quiz",
    "check": "exercises",
    "default_progress": "progress",
    "describe": "results",
    "exercise": "exercises",
    "right": "results",
    "wrong": "results",
}

__all__ = [
    "Challenge",
    "CheckResult",
    "Hint",
    "Option",
    "Prediction",
    "Progress",
    "Question",
    "Quiz",
    "check",
    "default_progress",
    "describe",
    "exercise",
    "right",
    "wrong",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
