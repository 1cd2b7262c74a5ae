"""What ``import tuningkit`` costs, against ``import tensorflow``, each in a fresh interpreter."""

from __future__ import annotations

import statistics
import subprocess
import sys

from measure import ROOT, Row, alternate, main, note, spread

NAMES = ("import",)
#: The interpreter's own start is not counted.
_CODE = "import time; begin = time.perf_counter(); import {}; print(time.perf_counter() - begin)"


def import_seconds(package: str) -> list[float]:
    """Seconds that the import takes in a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE.format(package)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [float(done.stdout.split()[-1])]


def rows(quick: bool) -> list[Row]:
    note("import time")
    sides = {name: lambda name=name: import_seconds(name) for name in ("tuningkit", "tensorflow")}
    if not quick:
        alternate(sides, 1)  # the first reads files that are not in memory yet
    seconds = alternate(sides, 1 if quick else 7)
    ours, theirs = seconds["tuningkit"], seconds["tensorflow"]
    share = 100 * statistics.median(ours) / statistics.median(theirs)
    figures = f"tuningkit {spread(ours, 'ms', scale=1e3)}; tensorflow {spread(theirs, 's')}"
    return [Row("import", share, figures)]


if __name__ == "__main__":
    main(rows)
