"""Keep the start-up messages of a compiled library out of the learner's cell."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator

# TensorFlow 2.21 writes its oneDNN notice before it reads TF_CPP_MIN_LOG_LEVEL, so no setting silences it.
# Matched: absl's form ("I0000 00:00:1795347303.79 12 port.cc:153] "), the older one ("2026-01-31 10:11:12.3: I
# port.cc:26] "), absl's preface, and the second line of the processor notice.
_CHATTER = re.compile(
    rb"[IWE]\d{4} [\d:.]+\s+\d+ \S+:\d+\] "
    rb"|\d{4}-\d\d-\d\d [\d:.]+: [IWE] \S+:\d+\] "
    rb"|WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|To enable the following instructions: "
)


def without_chatter(text: bytes) -> bytes:
    """Drop the log lines of TensorFlow and absl from what a library wrote to the error stream.

    Args:
        text: Raw bytes, any number of lines.

    Returns:
        The lines that are not log lines, unchanged and in order.
    """
    return b"".join(line for line in text.splitlines(keepends=True) if not _CHATTER.match(line))


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back what compiled code writes to file descriptor 2, then pass on all but log chatter.

    Python's own `sys.stderr` inside a notebook kernel does not go through descriptor 2, so messages and
    tracebacks of other cells are not held back. If the body raises, everything is passed on: it may explain why.
    """
    try:
        sys.stderr.flush()
        original = os.dup(2)
    except (AttributeError, OSError, ValueError):  # no error stream at all, as under pythonw
        yield
        return
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        failed = True
        try:
            yield
            failed = False
        finally:
            os.dup2(original, 2)
            os.close(original)
            held_back.seek(0)
            text = held_back.read()
            with contextlib.suppress(OSError):
                os.write(2, text if failed else without_chatter(text))
