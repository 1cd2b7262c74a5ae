"""KerasTuner's ``build_model(hp)``: what it asks for, and the models it builds."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuningkit.search.hypermodel_values import admits, check_value
from tuningkit.search.quiet import prints_nothing
from tuningkit.training.random_state import random_numbers_undisturbed

if TYPE_CHECKING:
    import keras
    import keras_tuner

    from tuningkit.search.blueprint import Blueprint

#: Blueprints that are kept, so that a slider that comes by again is answered without building a model.
_KEPT = 500


class HypermodelError(ValueError):
    """A hypermodel that could not build a model; the message says at which values and why."""


def is_hypermodel(candidate: Any) -> bool:
    """Whether this is meant as a KerasTuner hypermodel: a function, a ``HyperModel``, or the class of one.

    Example:
        >>> is_hypermodel(lambda hp: None), is_hypermodel("adam")
        (True, False)
    """
    classes = candidate.__mro__ if isinstance(candidate, type) else type(candidate).__mro__
    roots = {one.__module__.partition(".")[0] for one in classes}
    if isinstance(candidate, type) or not callable(candidate):
        return "keras_tuner" in roots
    # A Keras model or layer can be called, too.
    return "keras" not in roots


class Hypermodel:
    """A hypermodel, with everything that was learned about its hyperparameters by building models.

    Args:
        build: A function that takes KerasTuner's ``hp`` and returns a Keras model, or a ``HyperModel`` object.
        check: Called with every built model; raises ValueError or TypeError for one that cannot be trained here.
        own_loss: Whether models are trained with the loss they are compiled with.

    Attributes:
        name: What to call it in sentences.

    Raises:
        TypeError: If ``build`` is a class, or a function that cannot take ``hp``.

    Example:
        >>> hypermodel = Hypermodel(build_model)
        >>> hypermodel.blueprint({}).values
        {'units': 32, 'dropout': 0.0}
    """

    def __init__(
        self,
        build: Callable[[Any], keras.Model] | keras_tuner.HyperModel,
        *,
        check: Callable[[keras.Model], None] = lambda model: None,
        own_loss: bool = True,
    ) -> None:
        self._build = build_function(build)
        self.name = getattr(build, "__name__", None) or type(build).__name__
        self._check, self._own_loss = check, own_loss
        self._lock = threading.RLock()
        self._space: dict[str, list[Any]] = {}
        self._seen: dict[str, dict[str, Any]] = {}
        self._blueprints: dict[tuple, Blueprint] = {}

    # The space as far as it is known

    @property
    def names(self) -> list[str]:
        """All hyperparameters met so far, in the order in which they were defined."""
        with self._lock:
            return list(self._space)

    def definition(self, name: str, values: Mapping[str, Any]) -> Any:
        """KerasTuner's own object for a hyperparameter; of several of one name the one that is active."""
        definitions = self.definitions(name)
        return next((one for one in definitions if _active(one, values)), definitions[0])

    def definitions(self, name: str) -> list[Any]:
        """All of KerasTuner's objects of one name, each under conditions of its own."""
        with self._lock:
            return list(self._space[name])

    def defaults(self) -> dict[str, Any]:
        """Default values by name, those of inactive hyperparameters included."""
        return {name: self.definition(name, {}).default for name in self.names}

    def check(self, name: str, value: Any, values: Mapping[str, Any]) -> Any:
        """Return a checked value; see :func:`tuningkit.search.hypermodel_values.check_value`.

        Raises:
            ValueError: If there is no such hyperparameter, or the value is not possible.
            TypeError: If the value is of the wrong type.
        """
        if name not in self.names:
            raise ValueError(f"{self.name} has no hyperparameter {name!r}. It has: {', '.join(self.names)}.")
        return check_value(self.definition(name, values), value)

    def why_not(self, name: str, values: Mapping[str, Any]) -> str:
        """Why a hyperparameter is not in use at these values; empty if it is, or if that is not known."""
        active = self.active(values)
        missing = [one for one in self.definition(name, active).conditions if not one.is_active(active)]
        if missing:
            needs = [f"{one.name} = {' or '.join(map(str, one.values))}" for one in missing]
            return f"needs {' and '.join(dict.fromkeys(needs))}"
        known = self.known(active)
        return "the model as it is now does not ask for it" if known and name not in known.values else ""

    def active(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values without those of hyperparameters whose conditions are not met.

        A name may stand for several hyperparameters, each under a condition of its own. A value that is out of
        range for the one that is active is left out as well: that one stands at its default.
        """
        with self._lock:
            space = {name: list(definitions) for name, definitions in self._space.items()}
        kept = dict(values)
        # Parents come before their children, so one pass is enough.
        for name, definitions in space.items():
            if name not in kept:
                continue
            active = [one for one in definitions if _active(one, kept)]
            if not active or not admits(active[0], kept[name]):
                del kept[name]
        return kept

    def hyperparameters(self, values: Mapping[str, Any]) -> keras_tuner.HyperParameters:
        """KerasTuner's own object with the whole space and these values, for its tuners and ``build_model``."""
        import keras_tuner

        hp = keras_tuner.HyperParameters()
        hp.values = self.active(values)
        with self._lock:
            hp.merge([one for definitions in self._space.values() for one in definitions], overwrite=False)
        return hp

    # Building

    def build(self, values: Mapping[str, Any], *, quiet: bool = True) -> tuple[keras.Model, dict[str, Any]]:
        """Build a model.

        Args:
            values: Values by name; what is left out stands at its default.
            quiet: Whether what the function prints is kept off the screen.

        Returns:
            The model, and the hyperparameters it asked for.

        Raises:
            HypermodelError: If the function fails or returns something else than a Keras model.
        """
        import keras
        import keras_tuner

        hp = keras_tuner.HyperParameters()
        hp.values = self.active(values)
        # From the same random numbers every time: what differs between two models is the hyperparameter.
        with random_numbers_undisturbed(seed=0), prints_nothing(quiet):
            try:
                model = self._build(hp)
            except Exception as error:
                self._learn(hp)
                raise HypermodelError(
                    f"{self.name} raised {type(error).__name__}{_at(hp.values)}: {error}"
                ) from error
        self._learn(hp)
        if not isinstance(model, keras.Model):
            raise HypermodelError(
                f"{self.name} must return a Keras model. Received: {type(model).__name__}{_at(hp.values)}"
            )
        self._check(model)
        return model, {one.name: hp.values[one.name] for one in hp.space if hp.is_active(one)}

    def blueprint(self, values: Mapping[str, Any]) -> Blueprint:
        """The structure and the moving numbers of the model at these values; built only if not met before.

        Raises:
            HypermodelError: As :meth:`build`.
        """
        known = self.known(values)
        return known if known is not None else self.build_with_blueprint(values)[1]

    def known(self, values: Mapping[str, Any]) -> Blueprint | None:
        """The blueprint at these values if a model was built there before.

        A function that asks for the same hyperparameters and gets the same answers builds the same model,
        whatever stands in the others.
        """
        active = self.active(values)
        with self._lock:
            made = list(self._blueprints.values())
        for one in reversed(made):
            if all(
                active.get(name, self.definition(name, one.values).default) == value
                for name, value in one.values.items()
            ):
                return one
        return None

    def build_with_blueprint(
        self, values: Mapping[str, Any], *, quiet: bool = True
    ) -> tuple[keras.Model, Blueprint]:
        """As :meth:`build`, with the model's blueprint."""
        from tuningkit.search.blueprint import blueprint

        before = self.active(values)
        model, used = self.build(values, quiet=quiet)
        made = blueprint(model, used, own_loss=self._own_loss)
        with self._lock:
            # One object for all equal structures: they are large, and a slider's stops mostly share one.
            same = next((one for one in self._blueprints.values() if one.structure == made.structure), made)
            made = replace(made, structure=same.structure)
            self._blueprints[tuple(sorted((name, repr(value)) for name, value in used.items()))] = made
            for key in list(self._blueprints)[:-_KEPT]:
                del self._blueprints[key]
            for name in used:
                self._seen.setdefault(name, {**before, **used})
        return model, made

    def _learn(self, hp: keras_tuner.HyperParameters) -> None:
        with self._lock:
            for definition in hp.space:
                known = self._space.setdefault(definition.name, [])
                if all(one.conditions != definition.conditions for one in known):
                    known.append(definition)

    def where_used(self, name: str, base: Mapping[str, Any]) -> dict[str, Any]:
        """Values, as near to ``base`` as is known, at which the model asks for a hyperparameter."""
        values = {**self.defaults(), **base}
        active = self.active(values)
        try:
            if name in active and name in self.blueprint(values).values:
                return values
        except (ValueError, TypeError):
            pass  # There is no model at these values.
        if name in self._seen:
            return {**values, **self._seen[name]}
        definition = self.definition(name, values)
        return {**values, **{one.name: one.values[0] for one in definition.conditions}}


def build_function(build: Any) -> Callable[[Any], Any]:
    """The function that takes ``hp``, of a function or a ``HyperModel``.

    Raises:
        TypeError: If it is a class, or does not take ``hp``.
    """
    if isinstance(build, type):
        raise TypeError(
            f"Pass a hypermodel object, not its class: {build.__name__}(...) instead of {build.__name__}."
        )
    function = build if callable(build) else getattr(build, "build", None)
    if not callable(function):
        raise TypeError(
            f"A hypermodel is a function or a keras_tuner.HyperModel. Received: {type(build).__name__}"
        )
    try:
        inspect.signature(function).bind(object())
    except ValueError:
        pass  # Something written in C, which cannot be asked.
    except TypeError:
        raise TypeError(
            f"A hypermodel function takes one argument, hp, and returns a Keras model: def build_model(hp): ... "
            f"Received: {getattr(function, '__name__', function)}{inspect.signature(function)}. A model that is "
            "built already is passed as it is, without a function."
        ) from None
    return function


def _active(definition: Any, values: Mapping[str, Any]) -> bool:
    return all(condition.is_active(values) for condition in definition.conditions)


def _at(values: Mapping[str, Any]) -> str:
    said = ", ".join(f"{name}={value!r}" for name, value in values.items())
    return f" at {said}" if said else ""
