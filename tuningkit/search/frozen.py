"""Anything as plain nested tuples that can be compared, whatever it was made of and wherever it lies in memory."""

from __future__ import annotations

import functools
import hashlib
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

_DEEPEST = 14
_LIBRARIES = ("keras", "tensorflow", "numpy", "builtins")


class _LikeNothing:
    """Stands for what cannot be looked into: it equals nothing, not even its twin."""

    __hash__ = object.__hash__


def freeze(value: Any, depth: int = 0) -> Any:
    """``value`` as nested tuples; equal tuples mean equal contents.

    A function is its code with the values it closes over, so that two losses made by the same factory with
    different numbers differ. What cannot be looked into equals nothing: in doubt, things are different.

    Args:
        value: Numbers, texts, lists, dictionaries, arrays, functions, or objects with ``get_config``.
        depth: How deep inside another value this one lies.

    Example:
        >>> freeze([1, 2.0]) == freeze([1, 2.0]), freeze(1) == freeze(True)
        (True, False)
    """
    if depth > _DEEPEST:
        return _LikeNothing()
    inside = functools.partial(freeze, depth=depth + 1)
    if value is None or isinstance(value, (bool, int, str, bytes)):
        return (type(value).__name__, value)
    if isinstance(value, float):
        return ("float", value.hex())
    if isinstance(value, np.generic):
        return inside(value.item())
    if isinstance(value, np.ndarray):
        return ("array", str(value.dtype), value.shape, digest([value]))
    if isinstance(value, Mapping):
        entries = sorted(value.items(), key=lambda entry: str(entry[0]))
        return ("map", tuple((str(key), inside(one)) for key, one in entries))
    if isinstance(value, (list, tuple)):
        return ("list", tuple(inside(one) for one in value))
    if isinstance(value, (set, frozenset)):
        return ("set", tuple(sorted(repr(inside(one)) for one in value)))
    if isinstance(value, functools.partial):
        return ("partial", inside(value.func), inside(value.args), inside(value.keywords))
    if isinstance(value, types.MethodType):
        return ("method", value.__func__.__qualname__, inside(value.__self__))
    if isinstance(value, types.FunctionType):
        return _function(value, inside)
    if isinstance(value, (type, types.BuiltinFunctionType)):
        return ("name", value.__module__, value.__qualname__)
    if isinstance(value, types.CodeType):
        return ("code", value.co_code, value.co_names, inside(value.co_consts))
    if isinstance(value, types.ModuleType):
        return ("module", value.__name__)
    return _object(value, inside)


def _function(value: types.FunctionType, inside: Any) -> tuple:
    name = ("function", value.__module__, value.__qualname__)
    if of_a_library(value):
        return name
    try:
        closed_over = [cell.cell_contents for cell in value.__closure__ or ()]
    except ValueError:  # A cell that is not filled yet.
        return (*name, _LikeNothing())
    return (*name, inside(value.__code__), inside(value.__defaults__), inside(value.__kwdefaults__),
            inside(closed_over))  # fmt: skip


def _object(value: Any, inside: Any) -> tuple:
    name = ("object", own_code(type(value)))
    if callable(getattr(value, "get_config", None)):
        try:
            config = value.get_config()
        except Exception:
            return (*name, _LikeNothing())
        # A configuration names functions; what they close over is theirs alone.
        functions = {
            key: one
            for key, one in getattr(value, "__dict__", {}).items()
            if isinstance(one, types.FunctionType)
        }
        return (*name, inside(config), inside(functions))
    if isinstance(value, (slice, range, complex)):
        return (*name, repr(value))
    if hasattr(value, "__dict__"):
        return (*name, inside(vars(value)))
    return (*name, _LikeNothing())


def own_code(kind: type) -> Any:
    """A class by its name and, unless it is a library's, the code of its methods with what they close over.

    A class that is defined inside a function is another one at every call, although its name stays.
    """
    parts = []
    for one in kind.__mro__:
        name = (one.__module__, one.__qualname__)
        if of_a_library(one):
            parts.append(name)
            break
        methods = {key: part for key, part in vars(one).items() if isinstance(part, types.FunctionType)}
        parts.append((*name, freeze(methods)))
    return tuple(parts)


def of_a_library(value: Any) -> bool:
    """Whether a class or function is Keras's, TensorFlow's, NumPy's or Python's own, and known by its name."""
    return str(value.__module__).partition(".")[0] in _LIBRARIES


def digest(arrays: list[np.ndarray]) -> str:
    """A short text that differs when any number in the arrays differs."""
    summary = hashlib.blake2b(digest_size=16)
    for array in arrays:
        array = np.ascontiguousarray(array)
        summary.update(repr((str(array.dtype), array.shape)).encode())
        summary.update(array.tobytes())
    return summary.hexdigest()
