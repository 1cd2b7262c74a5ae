"""Re-running a cell closes the labs of its earlier run, and no others."""

from __future__ import annotations

import weakref

import pytest

from tuningkit.labs import registry


class Thing:
    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def cell(monkeypatch):
    """`cell("a", "1")`: the cell that runs now, and which run of it."""
    now = [None, ""]
    monkeypatch.setattr(registry, "running_cell", lambda: tuple(now))
    monkeypatch.setattr(registry, "_LABS", {})

    def run(identity, execution):
        now[:] = [identity, execution]

    return run


def made() -> Thing:
    thing = Thing()
    registry.register(thing)
    return thing


def test_second_run_of_a_cell_closes_the_labs_of_the_first(cell):
    cell("a", "1")
    first, second = made(), made()
    cell("b", "2")
    other = made()
    cell("a", "3")
    third = made()
    assert (first.closed, second.closed, other.closed, third.closed) == (True, True, False, False)


def test_outside_a_notebook_nothing_is_closed(cell):
    cell(None, "")
    things = [made(), made()]
    assert not any(thing.closed for thing in things)


def test_registry_keeps_no_lab_alive(cell):
    cell("a", "1")
    made()
    cell("a", "2")
    thing = made()
    assert not thing.closed and len(registry._LABS["a"]) == 1


def test_what_the_labs_of_a_cell_held_goes_back_once_the_cell_is_run_again(cell, monkeypatch):
    asked = []
    monkeypatch.setattr(registry, "give_back", lambda: asked.append(ring() is None))

    class Ring(Thing):
        def __init__(self):
            self.self = self

    cell("a", "1")
    thing = Ring()
    ring = weakref.ref(thing)
    registry.register(thing)
    made()
    del thing
    assert asked == []
    cell("a", "2")
    made(), made()
    # Once for the cell, and after the ring was found.
    assert asked == [True]


def test_running_cell_reads_the_shells_parent_message(monkeypatch):
    class Shell:
        def get_parent(self):
            return {"metadata": {"cellId": "c-7"}, "header": {"msg_id": "m-1"}}

    class FakeIPython:
        get_ipython = staticmethod(Shell)

    monkeypatch.setitem(registry.sys.modules, "IPython", FakeIPython)
    assert registry.running_cell() == ("c-7", "m-1")
    monkeypatch.setitem(registry.sys.modules, "IPython", None)
    assert registry.running_cell() == (None, "")
