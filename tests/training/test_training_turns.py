"""One job trains at a time: the others wait, can be called off, and can be interrupted."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from tuningkit.training.lock import training_turn


@pytest.fixture
def occupied():
    """Another thread holds the turn until the event it gets is set."""
    held, leave = threading.Event(), threading.Event()

    def occupy():
        with training_turn():
            held.set()
            leave.wait(120)

    thread = threading.Thread(target=occupy)
    thread.start()
    assert held.wait(60)
    yield leave
    leave.set()
    thread.join(60)
    assert not thread.is_alive()


def test_a_free_turn_is_had_at_once():
    waited = []
    with training_turn(on_wait=lambda: waited.append(1)) as held:
        assert held
    assert waited == []


def test_threads_take_turns():
    inside, most, order = [], [], []

    def work(name):
        with training_turn() as held:
            assert held
            inside.append(name)
            most.append(len(inside))
            time.sleep(0.02)
            inside.remove(name)
            order.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert max(most) == 1
    assert sorted(order) == list(range(5))


def test_a_job_inside_a_job_does_not_wait_for_itself():
    with training_turn() as outer, training_turn() as inner:
        assert outer
        assert inner
    # And both gave their turn back.
    free = []
    thread = threading.Thread(target=lambda: free.append(_try()))
    thread.start()
    thread.join(60)
    assert free == [True]


def _try():
    with training_turn(cancelled=lambda: True) as held:
        return held


def test_who_waits_is_told_once_and_goes_on_when_it_is_free(occupied):
    waited = []

    def on_wait():
        waited.append(1)
        threading.Timer(0.3, occupied.set).start()

    begin = time.monotonic()
    with training_turn(on_wait=on_wait) as held:
        assert held
    assert waited == [1]
    assert time.monotonic() - begin > 0.2


def test_waiting_can_be_called_off(occupied):
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 2

    with training_turn(cancelled=cancelled) as held:
        assert not held
    # What was never held was not given back: the other thread still has it.
    assert not _try()
    occupied.set()


def test_an_error_gives_the_turn_back():
    with pytest.raises(RuntimeError, match="broken"), training_turn():
        raise RuntimeError("broken")
    taken = []
    thread = threading.Thread(target=lambda: taken.append(_try()))
    thread.start()
    thread.join(60)
    assert taken == [True]


WAITING = """
import signal, threading, time
from tuningkit.training.lock import training_turn
# A shell starts what runs in the background with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
held = threading.Event()
def occupy():
    with training_turn():
        held.set()
        time.sleep(30)
threading.Thread(target=occupy, daemon=True).start()
held.wait()
threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT)).start()
begin = time.monotonic()
try:
    with training_turn():
        print("held")
except KeyboardInterrupt:
    print("interrupted" if time.monotonic() - begin < 5 else "late")
"""


def test_waiting_can_be_interrupted():
    done = subprocess.run(
        [sys.executable, "-c", WAITING], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "interrupted", done.stderr
