"""While memory is short, a lab says what to do; otherwise it says nothing."""

from __future__ import annotations

import psutil
import pytest

import tuningkit as tk
from tuningkit import limits
from tuningkit.labs import memory_notice


def words_of(lab):
    return [child.value for child in lab.children if "tk-memory" in getattr(child, "_dom_classes", ())]


@pytest.fixture
def lab():
    made = []

    def make():
        made.append(tk.CostLab(seconds=30))
        return made[-1]

    yield make
    for lab in made:
        lab.close()


def test_with_enough_memory_a_lab_says_nothing(lab, monkeypatch):
    monkeypatch.setattr(limits, "free_memory", lambda: memory_notice.ENOUGH)
    assert words_of(lab()) == []


def test_near_a_limit_the_first_thing_in_a_lab_is_what_to_do(lab, monkeypatch):
    monkeypatch.setattr(limits, "free_memory", lambda: 260 * 10**6)
    monkeypatch.setattr(limits, "memory_limit", lambda: limits.Memory(2 * 2**30, 2 * 2**30 - 260 * 10**6))
    made = lab()
    (words,) = words_of(made)
    assert made.children[0].value == words
    assert "0.3 of 2.1 GB are free" in words
    assert "File → Close and Shut Down Notebook" in words
    assert 'role="status"' in words
    assert "!" not in words


def test_on_a_machine_without_a_limit_its_own_memory_counts(monkeypatch):
    monkeypatch.setattr(limits, "free_memory", lambda: 10**8)
    monkeypatch.setattr(limits, "memory_limit", lambda: None)
    assert f"0.1 of {psutil.virtual_memory().total / 1e9:.1f} GB" in memory_notice.words()


def test_the_line_is_closed_with_the_lab(lab, monkeypatch):
    monkeypatch.setattr(limits, "free_memory", lambda: 0)
    made = lab()
    line = made.children[0]
    made.close()
    assert line.comm is None
