"""The examples in the docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

from tuningkit import datasets, plots

NAMES = {name: getattr(package, name) for package in (datasets, plots) for name in package.__all__}
MODULES = [f"{datasets.__name__}.{module.name}" for module in pkgutil.iter_modules(datasets.__path__)]


@pytest.mark.parametrize("module", MODULES)
def test_examples(module):
    assert doctest.testmod(importlib.import_module(module), extraglobs=NAMES).failed == 0
