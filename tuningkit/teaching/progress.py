"""The learner's progress: what was predicted, answered, solved and trained, in one file a person can read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

from tuningkit.teaching import summary as _summary
from tuningkit.teaching.keys import lesson_of
from tuningkit.teaching.plain import plain
from tuningkit.teaching.run_reading import run_summary
from tuningkit.teaching.storage import DamagedFileError, NewerFileError, ProgressFile, empty

SECTIONS = ("predictions", "quizzes", "exercises", "challenges")
# Moving a slider finishes a run every second or two: without a limit the file stops being readable.
RUNS_KEPT = 100
_FIRST_WAIT, _LATER_WAIT = 3.0, 0.1


def data_folder() -> Path:
    """The folder of the learner's own files: `TUNINGKIT_HOME` if set, else the system's place for user data.

    Returns:
        The folder; it may not exist yet.

    Example:
        >>> data_folder() / "progress.json"  # doctest: +SKIP
        PosixPath('/home/ada/.local/share/tuningkit/progress.json')
    """
    chosen = os.environ.get("TUNINGKIT_HOME", "").strip()
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("tuningkit", appauthor=False))


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


class Progress:
    """A learner's progress file.

    Each entry is written at once. Several notebooks may be open: an entry is merged into what the file holds
    at that moment. A damaged file is set aside, never overwritten; a file of a newer version is left alone;
    where the folder cannot be written, entries are kept in memory and the lesson goes on.

    Args:
        path: The file. `None` takes `progress.json` in `data_folder()`.

    Example:
        >>> progress = Progress("my-progress.json")  # doctest: +SKIP
        >>> progress.record("predictions", "3.3-gap", {"choice": "The gap grows"})  # doctest: +SKIP
        >>> print(progress.summary())  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path) if path is not None else data_folder() / "progress.json"
        self._file = ProgressFile(self.path)
        self._mutex = threading.RLock()
        self._content = empty()
        # Entries that could not be written yet; they are applied to a fresh read at every attempt.
        self._pending: list[Callable[[dict[str, Any]], None]] = []
        self._notices: dict[str, str] = {}
        self._unseen: list[str] = []

    def get(self, section: str, key: str) -> dict[str, Any] | None:
        """The entry recorded last, from this or any other notebook.

        Args:
            section: One of `SECTIONS`.
            key: Such as `"3.3-a"`.

        Returns:
            A copy of the entry, or `None`.

        Raises:
            ValueError: The section is unknown or the key has another form.
        """
        lesson = self._checked(section, key)
        return self.content()["lessons"].get(lesson, {}).get(section, {}).get(key)

    def record(self, section: str, key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Record an entry, in place of an earlier one with the same key; the time is added as `at`.

        Args:
            section: One of `SECTIONS`.
            key: Such as `"3.3-a"`.
            entry: Plain values; NumPy numbers and arrays are converted, NaN and infinity become words.

        Returns:
            The entry as stored.

        Raises:
            ValueError: The section is unknown or the key has another form.
        """
        return self.update(section, key, lambda _: dict(entry))

    def update(
        self, section: str, key: str, change: Callable[[dict[str, Any]], Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Record an entry that depends on the one before, such as a count.

        Args:
            section: One of `SECTIONS`.
            key: Such as `"3.3-a"`.
            change: Takes a copy of the entry before (empty if none) and returns the new one. It may be called
                again later if the file cannot be written now, so it must not do anything else.

        Returns:
            The entry as stored.

        Raises:
            ValueError: The section is unknown or the key has another form.
        """
        lesson, at = self._checked(section, key), _now()

        def edit(content: dict[str, Any]) -> None:
            entries = content["lessons"].setdefault(lesson, {}).setdefault(section, {})
            entries[key] = {**plain(change(deepcopy(entries.get(key, {})))), "at": at}

        return self._apply(edit)["lessons"][lesson][section][key]

    def record_run(self, run: Any, lesson: str = "other") -> dict[str, Any]:
        """Add the summary of a finished run; the newest `RUNS_KEPT` of each lesson are kept.

        Args:
            run: A `Run`: `history`, `hyperparameters` (or `settings`), and if present `diagnosis`.
            lesson: The chapter, such as `"3.3"`.

        Returns:
            The summary as stored.
        """
        entry = {**plain(run_summary(run)), "at": _now()}

        def edit(content: dict[str, Any]) -> None:
            lesson_entry = content["lessons"].setdefault(str(lesson), {})
            lesson_entry["runs"] = [*lesson_entry.get("runs", []), deepcopy(entry)][-RUNS_KEPT:]

        self._apply(edit)
        return entry

    def content(self) -> dict[str, Any]:
        """Everything recorded, as the file holds it, with what could not be written yet.

        Returns:
            A copy: `{"format", "version", "lessons": {lesson: {section: {key: entry}, "runs": [...]}}}`.
        """
        with self._mutex:
            try:
                self._content = self._file.read()
            except DamagedFileError:
                self._synchronise()
            except NewerFileError as error:
                self._notice_newer(error)
            except OSError as error:
                self._notice_unwritable(error)
            content = deepcopy(self._content)
            for edit in self._pending:
                edit(content)
            return content

    @property
    def notices(self) -> list[str]:
        """What the learner should know about the file itself: damaged, newer, or not writable."""
        return list(self._notices.values())

    def take_notice(self) -> str:
        """The notices not shown yet, each once; widgets put them where the learner looks."""
        with self._mutex:
            text, self._unseen = " ".join(self._unseen), []
            return text

    def summary(self) -> str:
        """All progress as text, chapter by chapter: what `tuningkit progress` prints."""
        content = self.content()
        return _summary.as_text(content, self.path, self.notices)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        content = self.content()
        return _summary.as_html(content, self.path, self.notices)

    def _checked(self, section: str, key: str) -> str:
        if section not in SECTIONS:
            raise ValueError(f"The sections are {', '.join(SECTIONS)}; received {section!r}.")
        return lesson_of(key)

    def _apply(self, edit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        with self._mutex:
            self._pending.append(edit)
            try:
                self._synchronise()
                content = deepcopy(self._content)
                for waiting in self._pending:
                    waiting(content)
            except Exception:
                # An edit that raises would raise again at every later entry.
                self._pending.remove(edit)
                raise
            return content

    def _synchronise(self) -> None:
        def all_pending(content: dict[str, Any]) -> None:
            for edit in self._pending:
                edit(content)

        # After a failure a lesson must not wait for seconds at each answer.
        wait = _LATER_WAIT if "unwritable" in self._notices else _FIRST_WAIT
        try:
            self._content, message = self._file.change(all_pending, self._content, wait)
        except NewerFileError as error:
            self._notice_newer(error)
        except OSError as error:
            self._notice_unwritable(error)
        else:
            self._pending.clear()
            self._notices.pop("unwritable", None)
            if message:
                self._notify("damaged", message)

    def _notice_newer(self, error: NewerFileError) -> None:
        self._notify(
            "newer",
            f"The progress file {self.path} was written by a newer tuningkit ({error}). It is left as it is; "
            "today's answers are kept only until the notebook closes. Updating tuningkit mends this.",
        )

    def _notice_unwritable(self, error: OSError) -> None:
        reason = error.strerror or str(error) or type(error).__name__
        self._notify(
            "unwritable",
            f"Your progress cannot be saved in {self.path} ({reason}). The lesson goes on, and your answers "
            "are kept until the notebook closes. To save them, set TUNINGKIT_HOME to a folder that you can "
            "write to.",
        )

    def _notify(self, kind: str, message: str) -> None:
        if self._notices.get(kind) != message:
            first = kind not in self._notices
            self._notices[kind] = message
            # One clear message: a changing reason for the same trouble is not shown again.
            if first or kind == "damaged":
                self._unseen.append(message)


_stores: dict[Path, Progress] = {}
_stores_lock = threading.Lock()


def default_progress() -> Progress:
    """The progress file of this learner, one object per file and process.

    Returns:
        The store for `data_folder() / "progress.json"`, as the environment says now.
    """
    path = data_folder() / "progress.json"
    with _stores_lock:
        return _stores.setdefault(path, Progress(path))
