from __future__ import annotations

import subprocess
import sys

import pytest

from tuningkit.teaching import CheckResult, Hint, check, checks, describe, exercise, exercises, right, wrong


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(exercises, "_registered", {})

    @exercise("9.9-a", "Half of a number", hint="Divide by 2.")
    def half(answer):
        yield right("You gave something.")
        result = answer(4)
        if result == 2:
            yield right("Half of 4 is 2.")
        else:
            yield wrong(f"Half of 4 is 2, not {result}.", look="Print answer(4).")

    known = set(sys.modules)
    yield
    # A chapter that was read meanwhile has put its exercises into the list that goes: it is to be read again.
    for name in set(sys.modules) - known:
        if name.startswith(checks.__name__):
            del sys.modules[name]


def test_a_right_answer(progress):
    result = check("9.9-a", lambda number: number / 2)
    assert result.passed and result
    assert (
        result.right == ("You gave something.", "Half of 4 is 2.")
        and result.wrong == ()
        and result.hint == ""
    )
    assert "solved" in repr(result) and "✓ Half of 4 is 2." in repr(result)
    entry = progress.get("exercises", "9.9-a")
    assert entry["passed"] is True and entry["attempts"] == 1 and entry["title"] == "Half of a number"


def test_a_wrong_answer_says_what_and_how_to_look(progress):
    result = check("9.9-a", lambda number: number)
    assert not result.passed and not result
    assert result.right == ("You gave something.",)
    assert result.wrong == ("Half of 4 is 2, not 4.",)
    assert result.hint == "Print answer(4)."
    assert "✗" in repr(result) and "Where to look: Print answer(4)." in repr(result)
    assert "not yet" in result._repr_html_() and 'role="status"' in result._repr_html_()
    assert progress.get("exercises", "9.9-a")["last_wrong"] == ["Half of 4 is 2, not 4."]


def test_once_solved_stays_solved(progress):
    check("9.9-a", lambda number: number / 2)
    check("9.9-a", lambda number: number)
    entry = progress.get("exercises", "9.9-a")
    assert entry["passed"] is True and entry["attempts"] == 2


@pytest.mark.parametrize("arguments", [("9.9-a",), ("9.9-a", None), ("9.9-a", ...)])
def test_no_answer_yet(arguments, progress):
    result = check(*arguments)
    assert not result.passed and "no answer yet" in result.wrong[0] and result.hint == "Divide by 2."
    assert progress.get("exercises", "9.9-a") is None


def test_an_exception_in_the_learners_code_is_explained():
    def answer(number):
        return number / 0

    result = check("9.9-a", answer)
    assert not result.passed and result.right == ("You gave something.",)
    assert (
        "ZeroDivisionError: division by zero" in result.wrong[0] and "`return number / 0`" in result.wrong[0]
    )
    assert result.hint == "Divide by 2."


def test_exit_in_the_learners_code_does_not_end_the_kernel():
    assert "SystemExit" in check("9.9-a", lambda number: sys.exit()).wrong[0]


def test_an_interrupt_is_the_learners_own_wish():
    def answer(number):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("9.9-a", answer)


def test_an_exception_inside_the_package_names_the_answer(monkeypatch):
    monkeypatch.setattr(exercises, "_is_learners", lambda filename: False)
    assert "could not work with the number 3 (TypeError" in check("9.9-a", 3).wrong[0]


def test_frames_of_the_package_and_of_python_are_not_the_learners():
    assert exercises._is_learners("/tmp/ipykernel_1/2.py")
    for file in (exercises.__file__, subprocess.__file__, pytest.__file__, "<frozen importlib>"):
        assert not exercises._is_learners(file)


def test_unknown_keys_name_the_nearest():
    with pytest.raises(ValueError, match=r"no exercise '9\.9-aa'\. Did you mean '9\.9-a'"):
        check("9.9-aa", 1)
    with pytest.raises(ValueError, match="no exercise 'a'"):
        check("a", 1)
    with pytest.raises(TypeError, match="first argument is the key"):
        check(1, "9.9-a")


def test_chapters_are_loaded_when_first_asked_for(tmp_path, monkeypatch):
    (tmp_path / "chapter_08_8.py").write_text(
        "from tuningkit.teaching import exercise, right\n"
        "@exercise('8.8-a', 'Anything', hint='Look.')\n"
        "def anything(answer):\n    yield right('Fine.')\n"
    )
    (tmp_path / "chapter_08_7.py").write_text("raise RuntimeError('not asked for')\n")
    monkeypatch.setattr(checks, "__path__", [str(tmp_path)])
    assert check("8.8-a", 1).passed
    monkeypatch.delitem(sys.modules, "tuningkit.teaching.checks.chapter_08_8")
    (tmp_path / "chapter_08_7.py").unlink()
    exercises._registered.clear()
    with pytest.raises(ValueError, match=r"Did you mean '8\.8-a'"):
        check("8.9-a", 1)
    monkeypatch.delitem(sys.modules, "tuningkit.teaching.checks.chapter_08_8")


def test_a_key_belongs_to_one_checker():
    with pytest.raises(ValueError, match="already checked by"):

        @exercise("9.9-a", "Another", hint="x")
        def another(answer):
            yield right("x")


def test_registering_the_same_checker_again_replaces_it():
    for words in ("First.", "Second."):

        @exercise("9.9-b", "Again", hint="x")
        def again(answer, words=words):
            yield right(words)

    assert check("9.9-b", 1).right == ("Second.",)


def test_wrong_registrations_are_refused():
    with pytest.raises(ValueError, match="wants a title and a hint"):
        exercise("9.9-c", " ", hint="x")
    with pytest.raises(ValueError, match=r"such as '3\.3-a'"):
        exercise("c", "x", hint="x")
    with pytest.raises(ValueError, match="a sentence"):
        wrong("")


def test_a_checker_that_says_nothing_is_a_fault_of_the_lesson():
    @exercise("9.9-d", "Silent", hint="x")
    def silent(answer):
        return []

    with pytest.raises(RuntimeError, match="said nothing about the number 1"):
        check("9.9-d", 1)


def test_what_the_learner_wrote_is_escaped():
    result = CheckResult("9.9-a", "t", wrong=("You gave <script>alert(1)</script>.",))
    assert "<script>" not in result._repr_html_()


def test_the_result_says_that_progress_cannot_be_saved(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path / "file"))
    assert "cannot be saved" in repr(check("9.9-a", lambda number: number / 2))
    assert "cannot be saved" not in repr(check("9.9-a", lambda number: number / 2))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing yet"),
        (True, "the truth value True"),
        (0.5, "the number 0.5"),
        ("x" * 99, "the text '" + "x" * 47 + "...'"),
        ([1], "a list of 1 item"),
        ({}, "a dict of 0 items"),
        (len, "the function len"),
        (int, "the class int"),
        (object(), "an object of type object"),
    ],
)
def test_answers_in_words(value, words):
    assert describe(value) == words


def test_arrays_in_words():
    import numpy as np

    assert describe(np.zeros((2, 3))) == "an array of shape (2, 3) (ndarray)"


def test_hints_are_folded():
    hint = Hint("Look at `model.losses`.\n\nIs 1 < 2?")
    html = hint._repr_html_()
    assert html.startswith("<details><summary") and "<code>model.losses</code>" in html and "1 &lt; 2" in html
    assert html.count("<p>") == 2
    assert repr(hint).startswith("Hint: Look at model.losses.")
    with pytest.raises(ValueError, match="words in it"):
        Hint(" ")


def test_the_package_is_lazy_and_free_of_tensorflow():
    program = (
        "import sys, tuningkit.teaching as t\n"
        "assert not {'ipywidgets', 'numpy'} & set(sys.modules), 'eager'\n"
        "for name in t.__all__: getattr(t, name)\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert set(t.__all__) <= set(dir(t))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    import tuningkit.teaching

    with pytest.raises(AttributeError, match="Quizz"):
        tuningkit.teaching.Quizz  # noqa: B018
