"""The worker: one thread, asleep until woken, gone when stopped."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest

from tuningkit.labs.worker import Worker


def nothing(*_):
    pass


def test_thread_starts_only_when_woken_and_ends_when_stopped():
    worker = Worker(nothing, nothing, name="test-worker-life")
    alive = lambda: [t for t in threading.enumerate() if t.name == "test-worker-life"]  # noqa: E731
    assert not alive()
    worker.wake()
    assert worker.wait(60) and len(alive()) == 1
    assert worker.stop() and not alive()


def test_many_wakes_never_miss_the_last():
    seen, state = [], {"value": 0}
    worker = Worker(lambda: seen.append(state["value"]), nothing, name="test-worker-wakes")
    for value in range(200):
        state["value"] = value
        worker.wake()
    assert worker.wait(60)
    assert seen[-1] == 199
    worker.stop()


def test_error_is_handed_over_and_the_worker_lives_on():
    errors, fail = [], [True]

    def job():
        if fail.pop() if fail else False:
            raise RuntimeError("broken")

    worker = Worker(job, lambda error, text: errors.append((error, text)), name="test-worker-error")
    worker.wake()
    assert worker.wait(60)
    assert isinstance(errors[0][0], RuntimeError) and "Traceback" in errors[0][1]
    worker.wake()
    assert worker.wait(60) and len(errors) == 1
    worker.stop()


def test_error_while_showing_an_error_reaches_the_log(monkeypatch):
    said = []
    monkeypatch.setattr(threading, "excepthook", said.append)

    def fail(*_):
        raise RuntimeError("broken too")

    worker = Worker(fail, fail, name="test-worker-twice")
    worker.wake()
    assert worker.wait(60)
    assert str(said[0].exc_value) == "broken too"
    worker.stop()


def test_wait_has_an_end():
    gate = threading.Event()
    worker = Worker(gate.wait, nothing, name="test-worker-wait")
    worker.wake()
    began = time.monotonic()
    assert not worker.wait(0.1)
    assert time.monotonic() - began < 2
    gate.set()
    assert worker.wait(60)
    worker.stop()


def test_stop_says_whether_the_thread_has_ended():
    gate, begun = threading.Event(), threading.Event()
    worker = Worker(lambda: (begun.set(), gate.wait()), nothing, name="test-worker-slow")
    worker.wake()
    assert begun.wait(60)
    assert not worker.stop(0.05)
    gate.set()
    assert worker.stop(5)


def test_stopped_worker_is_not_woken_and_not_kept():
    worker = Worker(nothing, nothing, name="test-worker-gone")
    worker.wake()
    worker.stop()
    worker.wake()
    assert worker.wait(60)
    kept = weakref.ref(worker)
    del worker
    gc.collect()
    assert kept() is None


@pytest.mark.parametrize("within", [True, False])
def test_stopping_from_within_does_not_wait_for_itself(within):
    worker = Worker(lambda: worker.stop() if within else None, nothing, name="test-worker-self")
    worker.wake()
    assert worker.wait(60)
    assert worker.stop(5)
