"""What happens to a learner in the soak. Each action ends with a look at what must have stayed."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from soak_stage import Stage

Action = Callable[[Stage, random.Random], None]

_INTERRUPTED = """
import time
lab.train()
while True:
    time.sleep(0.01)
"""
#: The clock of the kernel, put years forwards and back while a run is trained and an answer recorded.
_JUMP = """
import datetime as clock, time
from tuningkit.teaching import progress as module
real_time, real_datetime = time.time, module.datetime
class Moved(clock.datetime):
    @classmethod
    def now(cls, tz=None):
        return real_datetime.now(tz) + clock.timedelta(seconds={seconds})
time.time = lambda: real_time() + {seconds}
module.datetime = Moved
try:
    lab.train().wait(60)
    lab.session.raise_error()
    time.time = lambda: real_time() - {seconds}
    lab.restart()
    lab.train().wait(60)
except BaseException:
    time.time, module.datetime = real_time, real_datetime
    raise
"""
_CLOCK_BACK = "time.time, module.datetime = real_time, real_datetime"
#: Answers without end; what is acknowledged is noted in a file of its own, one write for each.
_WRITER = """
import itertools, os
from tuningkit.teaching.progress import default_progress
store = default_progress()
notes = os.open({notes!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in itertools.count({first}):
    store.record("exercises", f"3.3-n{{number}}", {{"passed": True, "number": number}})
    os.write(notes, f"{{number}}\\n".encode())
"""


def storm(stage: Stage, chance: random.Random, seconds: float = 2.0) -> None:
    """50 moves a second: the lab ends at the last one, with a run of that value and every run before."""
    asked = stage.storm(chance, seconds)
    _ends_with(stage, asked)


def rerun(stage: Stage, chance: random.Random) -> None:
    """The lab's cell is run again while it trains: one lab, one thread, as many widgets as before."""
    before = stage.state()
    stage.storm(chance, 0.2)
    stage.show_lab()
    asked = stage.storm(chance, 0.4)
    after = _ends_with(stage, asked)
    if after["widgets"] != before["widgets"]:
        stage.breaches.append(
            f"{before['widgets']} widgets became {after['widgets']} by running the cell again"
        )


def lost_connection(stage: Stage, chance: random.Random) -> None:
    """The connection breaks while the lab trains, and a new one goes on where it was."""
    stage.storm(chance, 0.3)
    stage.reconnect()
    _ends_with(stage, stage.storm(chance, 0.3))


def interrupt(stage: Stage, chance: random.Random) -> None:
    """Stop is pressed while a cell waits and the lab trains: the cell ends, the lab's run does not."""
    asked = stage.storm(chance, 0.1)
    cell = stage.begin(_INTERRUPTED)
    time.sleep(chance.uniform(0.2, 0.6))
    stage.interrupt()
    try:
        cell.result(60)
        stage.breaches.append("the interrupted cell ended by itself")
    except RuntimeError as error:
        if "KeyboardInterrupt" not in str(error):
            stage.breaches.append(f"the interrupted cell ended with {str(error)[-200:]}")
    _ends_with(stage, asked)


def clock_jump(stage: Stage, chance: random.Random) -> None:
    """The clock jumps years ahead and back while a run is trained and an answer is recorded."""
    before = stage.state()
    stage.run(_JUMP.format(seconds=chance.choice((3.6e3, -3.6e3, 3e8, -3e8))))
    stage.answer()
    stage.run(_CLOCK_BACK)
    after = stage.state()
    if len(after["runs"]) <= len(before["runs"]):
        stage.breaches.append("no run was trained while the clock jumped")
    stage.answer()
    stage.check_progress()


def full_disk(stage: Stage, chance: random.Random) -> None:
    """No room for the progress file: answers stay in memory, the old file stays whole, and later holds them all."""
    with _no_room(stage, chance):
        _unwritable(stage)
    _written_again(stage)


def read_only_home(stage: Stage, chance: random.Random) -> None:
    """The learner's folder cannot be written for a while."""
    with _read_only(stage):
        _unwritable(stage)
    _written_again(stage)


def restart(stage: Stage, chance: random.Random, sit_down: bool = True) -> None:
    """Restart is pressed: the old process ends, every answer is there, the cells run again."""
    stage.answer()
    stage.restart()
    stage.check_progress()
    if sit_down:
        stage.sit_down()
        _ends_with(stage, stage.storm(chance, 0.4))


def killed_while_writing(stage: Stage, chance: random.Random, sit_down: bool = True) -> None:
    """The kernel is killed in the middle of writing answers: every acknowledged one is there, the file is whole."""
    notes = stage.home.parent / "acknowledged.txt"
    notes.unlink(missing_ok=True)
    first = len(stage.answered)
    cell = stage.begin(_WRITER.format(notes=str(notes), first=first))
    end = time.monotonic() + 60
    while not notes.exists() and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(chance.uniform(0.2, 0.8))
    stage.kill()
    cell.cancel()
    acknowledged = [int(line) for line in notes.read_text().split()]
    if acknowledged[:1] != [first]:
        stage.breaches.append("no answer was acknowledged before the kernel was killed")
    stage.answered += acknowledged
    # The next answer clears away what the killed kernel left half written. One more may have reached the file.
    stage.answer()
    stage.check_progress()
    if sit_down:
        stage.sit_down()
        _ends_with(stage, stage.storm(chance, 0.4))


GENTLE: dict[str, Action] = {
    "slider storm": storm,
    "cell run again": rerun,
    "connection lost": lost_connection,
    "interrupt": interrupt,
    "clock jump": clock_jump,
    "full disk": full_disk,
    "read-only home": read_only_home,
}
HARD: dict[str, Action] = {"restart": restart, "killed while writing": killed_while_writing}


def _ends_with(stage: Stage, asked: float) -> dict:
    # Moves and cells travel to different threads of the kernel: the last move may be a moment behind.
    end = time.monotonic() + 20
    while (state := stage.state())["l2"] != asked and time.monotonic() < end:
        time.sleep(0.1)
    if state["l2"] != asked:
        stage.breaches.append(f"asked for L2 {asked:g}, the lab stands at {state['l2']:g}")
    if not state["runs"] or state["runs"][-1][1] != asked:
        stage.breaches.append(f"asked for L2 {asked:g}, the last run is {state['runs'][-1:]}")
    stage.answer()
    stage.check_progress()
    return state


def _unwritable(stage: Stage) -> None:
    """Three answers that cannot be written: one notice, the file as it was."""
    file = stage.home / "progress.json"
    before = file.read_bytes() if file.exists() else b""
    notice, notices = stage.answer(3)
    if notice.count("cannot be saved") != 1 or len(notices) != 1:
        stage.breaches.append(f"where nothing could be written the learner was told {notices}")
    if (file.read_bytes() if file.exists() else b"") != before:
        stage.breaches.append("the file changed although it could not be written")
    if before:
        stage.check_progress(missing=3)


def _written_again(stage: Stage) -> None:
    _, notices = stage.answer()
    if notices:
        stage.breaches.append(f"once the file could be written again the learner was told {notices}")
    stage.check_progress()


@contextmanager
def _no_room(stage: Stage, chance: random.Random) -> Iterator[None]:
    if is_mounted(stage.home):
        filler = stage.home / "filler"
        try:
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while file.write(b"\0" * 512):
                    pass
            yield
        finally:
            filler.unlink()
        return
    # Without a small file system of its own: the kernel may write no byte to any file (EFBIG).
    stage.run(
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "limits = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))"
    )
    try:
        yield
    finally:
        stage.run("resource.setrlimit(resource.RLIMIT_FSIZE, limits)")


@contextmanager
def _read_only(stage: Stage) -> Iterator[None]:
    if is_mounted(stage.home):
        _remount(stage.home, "ro")
        try:
            yield
        finally:
            _remount(stage.home, "rw")
        return
    # Without the right to mount: a file stands where the folder was, which stops even an administrator.
    aside = stage.home.with_name(stage.home.name + "-aside")
    stage.home.rename(aside)
    stage.home.write_text("")
    try:
        yield
    finally:
        stage.home.unlink()
        aside.rename(stage.home)


def is_mounted(folder: Path) -> bool:
    """Whether the folder is a small file system of the soak's own."""
    return folder.is_mount()


def mount(folder: Path, kilobytes: int = 512) -> bool:
    """Put a small file system at a folder, if this user may; returns whether it is there."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def unmount(folder: Path) -> None:
    """Take it away again."""
    subprocess.run(["umount", str(folder)], capture_output=True, check=True)


def _remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], capture_output=True, check=True)
