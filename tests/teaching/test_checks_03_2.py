"""The checks of chapter 3.2: right answers pass, and each usual mistake is named."""

from __future__ import annotations

import pytest

from tuningkit.teaching import check


def convolution_numbers(n, channels, filters, k, stride=1, padding=0):
    return (n + 2 * padding - k) // stride + 1, (k * k * channels + 1) * filters


def changed(side=lambda value, *_: value, count=lambda value, *_: value):
    def answer(*layer):
        sides, parameters = convolution_numbers(*layer)
        return side(sides, *layer), count(parameters, *layer)

    return answer


def gate(squeeze="GlobalAveragePooling2D", middle="relu", last="sigmoid", join="Multiply"):
    def my_gate(x):
        import keras

        z = getattr(keras.layers, squeeze)()(x)
        z = keras.layers.Dense(2, middle)(z)
        z = keras.layers.Dense(x.shape[-1], last)(z)
        return getattr(keras.layers, join)()([x, keras.layers.Reshape((1, 1, x.shape[-1]))(z)])

    return my_gate


def narrow(x):
    import keras

    return keras.layers.Dense(x.shape[-1], "sigmoid")(keras.layers.GlobalAveragePooling2D()(x))


def one_layer(x):
    import keras

    z = keras.layers.Dense(x.shape[-1], "sigmoid")(keras.layers.GlobalAveragePooling2D()(x))
    return keras.layers.Multiply()([x, keras.layers.Reshape((1, 1, x.shape[-1]))(z)])


def test_right_answers_pass(progress):
    assert check("3.2-a", convolution_numbers).passed
    assert check("3.2-b", gate()).passed


def test_the_numbers_asked_for_are_those_of_keras():
    import keras

    for n, channels, filters, k, stride in ((8, 1, 8, 3, 1), (8, 3, 4, 3, 2), (9, 2, 6, 4, 3)):
        layer = keras.layers.Conv2D(filters, k, strides=stride)
        shape = layer(keras.Input((n, n, channels))).shape
        assert (shape[1], layer.count_params()) == convolution_numbers(n, channels, filters, k, stride)


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("3.2-a", 6, "is a function"),
        ("3.2-a", lambda *_: 6, "two numbers"),
        ("3.2-a", changed(lambda side, *_: side - 1), "one too small"),
        ("3.2-a", changed(lambda side, n, c, f, k, s, p: (n + 2 * p - k) / s + 1), "fraction"),
        ("3.2-a", changed(lambda side, n, c, f, k, s, p: (n + p - k) // s + 1), "one end"),
        ("3.2-a", changed(lambda side, n, c, f, k, s, p: (n - k) // s + 1), "not counted"),
        ("3.2-a", changed(lambda side, *_: 2 * side), "but you return"),
        ("3.2-a", changed(count=lambda count, n, c, f, k, s, p: k * k * c * f), "biases are missing"),
        ("3.2-a", changed(count=lambda count, n, c, f, k, s, p: (k * k + 1) * f), "channels are not counted"),
        (
            "3.2-a",
            changed(count=lambda count, *layer: count * convolution_numbers(*layer)[0] ** 2),
            "every place",
        ),
        ("3.2-a", changed(count=lambda count, *_: 7), "but you return 7"),
        ("3.2-b", 3, "function of one tensor"),
        ("3.2-b", lambda x: "nothing", "Keras tensor"),
        ("3.2-b", narrow, "keeps the shape"),
        ("3.2-b", one_layer, "two Dense layers"),
        ("3.2-b", gate(last="softmax"), "one half"),
        ("3.2-b", gate(join="Add"), "one half"),
        ("3.2-b", gate(middle=None), "another amount"),
        ("3.2-b", gate(squeeze="GlobalMaxPooling2D"), "another amount"),
    ],
)
def test_mistakes_are_named(progress, key, answer, words):
    result = check(key, answer)
    assert not result.passed and words in " ".join(result.wrong), result
