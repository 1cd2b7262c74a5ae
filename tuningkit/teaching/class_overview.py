"""A class at a glance: the progress files of many learners, read and counted, never changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuningkit.teaching.exercises import exercise_keys
from tuningkit.teaching.keys import lesson_of
from tuningkit.teaching.storage import DamagedFileError, NewerFileError, ProgressFile

# Above every real file by a factor of ten; a larger one would keep a teacher waiting.
LARGEST = 16 * 2**20
# Where a learner's own file lies below the home folder; it says nothing about who the learner is.
_BELOW_HOME = (".local", "share", "tuningkit")


@dataclass(frozen=True)
class LessonCount:
    """What one learner did in one chapter.

    Args:
        predictions: Predictions made.
        checks_passed: Exercises whose check passed.
        checks: Exercises of the chapter.
        challenges_reached: Challenges reached.
        challenges: Challenges tried.
        quiz_right: Quiz questions whose last answer was right.
        quiz: Questions of the quizzes that were begun.
    """

    predictions: int = 0
    checks_passed: int = 0
    checks: int = 0
    challenges_reached: int = 0
    challenges: int = 0
    quiz_right: int = 0
    quiz: int = 0


@dataclass(frozen=True)
class Learner:
    """One progress file.

    Args:
        name: The file's name without its ending, or for a ``progress.json`` the folder it lies in.
        path: The file.
        lessons: What was done, by chapter; a chapter without entries is left out.
    """

    name: str
    path: Path
    lessons: Mapping[str, LessonCount]


@dataclass(frozen=True)
class ClassOverview:
    """All learners found in a folder, and the files that could not be read.

    Args:
        folder: The folder.
        learners: In the order of their names.
        problems: A path and what is wrong with it, each.
    """

    folder: Path
    learners: Sequence[Learner]
    problems: Sequence[tuple[Path, str]] = field(default=())

    @property
    def lessons(self) -> list[str]:
        """The chapters in which any learner did anything, in reading order."""
        return sorted({lesson for learner in self.learners for lesson in learner.lessons}, key=_order)


def collect(folder: str | os.PathLike[str]) -> ClassOverview:
    """Read the progress files of a class.

    Read are every ``*.json`` that lies in the folder itself and every ``progress.json`` in folders below it, home
    folders of a JupyterHub included. A file that cannot be read is listed with the reason; the others are counted.
    No file is changed, moved or locked.

    Args:
        folder: Where the files were gathered.

    Returns:
        The overview.

    Raises:
        NotADirectoryError: The folder does not exist or is a file.

    Example:
        >>> overview = collect("from-my-class")  # doctest: +SKIP
        >>> [learner.name for learner in overview.learners]  # doctest: +SKIP
        ['ada', 'grace']
    """
    root = Path(folder)
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is not a folder. It should hold the learners' progress files.")
    problems: list[tuple[Path, str]] = []
    learners = []
    exercises = exercise_keys()
    for path in _files(root, problems):
        try:
            content = _read(path)
        except (DamagedFileError, OSError) as error:
            problems.append(
                (path, error.strerror or str(error) if isinstance(error, OSError) else str(error))
            )
        except NewerFileError as error:
            problems.append((path, f"it was written by a newer tuningkit ({error})"))
        else:
            learners.append(Learner(_name(path, root), path, _counts(content["lessons"], exercises)))
    learners = _told_apart(
        sorted(learners, key=lambda learner: (learner.name.casefold(), learner.path)), root
    )
    return ClassOverview(root, tuple(learners), tuple(problems))


def _files(root: Path, problems: list[tuple[Path, str]]) -> Iterator[Path]:
    def refused(error: OSError) -> None:
        problems.append((Path(error.filename or root), error.strerror or str(error)))

    for place, folders, names in os.walk(root, onerror=refused):
        # Hidden folders hold caches and checkpoints; a learner's own file lies in the one of these names.
        folders[:] = sorted(name for name in folders if not name.startswith(".") or name == _BELOW_HOME[0])
        here = Path(place)
        wanted = [
            name for name in names if name == "progress.json" or (here == root and name.endswith(".json"))
        ]
        yield from (here / name for name in sorted(wanted) if not name.startswith("."))


def _read(path: Path) -> dict[str, Any]:
    # A pipe or a device would be waited for, or never end.
    if not path.is_file():
        raise DamagedFileError("it is not an ordinary file")
    if path.stat().st_size > LARGEST:
        raise DamagedFileError(f"it is larger than {LARGEST // 2**20} MiB")
    return ProgressFile(path).read()


def _name(path: Path, root: Path) -> str:
    relative = path.relative_to(root)
    parts = list(
        relative.parent.parts if relative.name == "progress.json" else relative.with_suffix("").parts
    )
    if tuple(parts[-3:]) == _BELOW_HOME:
        del parts[-3:]
    return "/".join(parts) or relative.stem


def _told_apart(learners: Sequence[Learner], root: Path) -> list[Learner]:
    names = [learner.name for learner in learners]
    return [
        Learner(f"{one.name} ({one.path.relative_to(root)})", one.path, one.lessons)
        if names.count(one.name) > 1
        else one
        for one in learners
    ]


def _counts(lessons: Mapping[str, Any], exercises: Sequence[str]) -> dict[str, LessonCount]:
    counted = {}
    for name in lessons:
        if _is_chapter(name):
            count = _count(lessons[name], {key for key in exercises if lesson_of(key) == name})
            if count is not None:
                counted[name] = count
    return counted


def _count(lesson: Mapping[str, Any], exercises: set[str]) -> LessonCount | None:
    sections = [lesson.get(name, {}) for name in ("predictions", "exercises", "challenges", "quizzes")]
    if not any(sections):
        return None
    predictions, checked, challenges, quizzes = sections
    quiz = [_quiz(entry) for entry in quizzes.values()]
    return LessonCount(
        predictions=len(predictions),
        checks_passed=sum(entry.get("passed") is True for entry in checked.values()),
        checks=len(exercises | set(checked)),
        challenges_reached=sum(entry.get("passed") is True for entry in challenges.values()),
        challenges=len(challenges),
        quiz_right=sum(right for right, _ in quiz),
        quiz=sum(asked for _, asked in quiz),
    )


def _quiz(entry: Mapping[str, Any]) -> tuple[int, int]:
    questions = entry.get("questions")
    answers = list(questions.values()) if isinstance(questions, dict) else []
    right = sum(isinstance(answer, dict) and answer.get("right") is True for answer in answers)
    count = entry.get("count")
    # A file that was edited by hand may say anything; fewer questions than answers cannot be.
    return right, max(count if isinstance(count, int) else 0, len(answers))


def _is_chapter(name: str) -> bool:
    try:
        return lesson_of(f"{name}-x") == name
    except ValueError:
        return False


def _order(lesson: str) -> tuple[int, str]:
    return int(lesson.split(".")[0]), lesson
