"""Freed memory goes back where the C library can be asked, and asking does no harm where it cannot."""

from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace

import pytest

from tuningkit.training import freed_memory


@pytest.fixture
def fresh():
    freed_memory._trim.cache_clear()
    yield
    freed_memory._trim.cache_clear()


def test_asking_says_whether_there_was_anything():
    assert freed_memory.give_back() in (True, False)


@pytest.mark.parametrize(("platform", "library"), [("darwin", None), ("linux", SimpleNamespace())])
def test_where_nobody_can_be_asked_nothing_happens(fresh, monkeypatch, platform, library):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    assert freed_memory.give_back() is False


def test_where_it_can_be_asked_it_is(fresh, monkeypatch):
    asked = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(
        ctypes, "CDLL", lambda name: SimpleNamespace(malloc_trim=lambda pad: asked.append(pad) or 1)
    )
    assert freed_memory.give_back() is True
    assert asked == [0]
