"""Let two threads import TensorFlow, Keras and their neighbours without meeting half-way.

Python locks one module at a time. Keras and TensorFlow import each other, so a cell that imports one of them
while a background thread is inside the other can fail: `import tensorflow` with a detected deadlock, and
`from tensorflow.keras import layers` with "No module named 'tensorflow.keras'" (both seen). The guard makes the
second thread wait before it takes any module's lock: it stands in front of the `import` statement while loading
lasts, and is then removed.
"""

from __future__ import annotations

import builtins
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


class ImportGuard:
    """One lock per group of packages, taken by whoever imports from that group.

    Args:
        groups: Names of top-level packages, in groups. A package belongs to at most one group.
        before_import: Called with the group's index in any thread but the loader's that is about to import from
            a group not loaded yet. It may block until the loader is done.
    """

    def __init__(self, groups: Sequence[Sequence[str]], before_import: Callable[[int], None]) -> None:
        self._group_of = {name: index for index, names in enumerate(groups) for name in names}
        self._locks = [threading.RLock() for _ in groups]
        self._loaded = [False] * len(groups)
        self._before_import = before_import
        self._plain_import = builtins.__import__
        self._loader = threading.get_ident()

    @contextmanager
    def loading(self, group: int) -> Iterator[None]:
        """Hold one group's lock; afterwards, also after a failure, imports from this group pass freely."""
        with self._locks[group]:
            try:
                yield
            finally:
                self._loaded[group] = True

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Stand in front of every `import` statement of the process; the current thread is the loader."""
        self._loader = threading.get_ident()
        self._plain_import = builtins.__import__
        builtins.__import__ = self._guarded_import
        try:
            yield
        finally:
            # If someone wrapped the import statement after us, we stay in the chain and let all through.
            self._loaded = [True] * len(self._loaded)
            if builtins.__import__ == self._guarded_import:
                builtins.__import__ = self._plain_import

    def _guarded_import(self, name: str, *args: object, **options: object) -> object:
        # Relative imports carry only the tail of a name, and come from inside a package being imported.
        level = options.get("level", args[3] if len(args) > 3 else 0)
        group = self._group_of.get(name.partition(".")[0]) if level == 0 else None
        if group is None or self._loaded[group] or threading.get_ident() == self._loader:
            return self._plain_import(name, *args, **options)
        self._before_import(group)
        with self._locks[group]:
            return self._plain_import(name, *args, **options)
