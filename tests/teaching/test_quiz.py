from __future__ import annotations

import re

import pytest

from tuningkit.teaching import Option, Question, Quiz
from tuningkit.teaching.progress import Progress


def single(text="What grows?"):
    return Question(
        text,
        [
            Option("The gap", True, "It does."),
            Option("The rate", why="It stays."),
            Option("Both", why="Only one."),
        ],
    )


def several(text="What shrinks weights?"):
    return Question(
        text,
        [Option("L1", True, "To zero."), Option("L2", True), Option("Shuffling", why="It moves rows.")],
        multiple=True,
    )


def make(**changes):
    questions = [single(), several(), single("What else grows?")]
    return Quiz(**{"key": "3.3-quiz", "questions": questions, **changes})


def press(quiz, **message):
    quiz._handle_custom_msg(message, [])


def test_a_wrong_answer_is_explained_and_can_be_mended():
    quiz = make()
    words = quiz.answer(0, 1)
    assert "Not quite" in words and "“The rate”: It stays." in words
    assert quiz.score == (0, 3) and not quiz.view["groups"][0]["locked"]
    assert quiz.view["groups"][0]["marks"] == ["", "wrong", ""]
    words = quiz.answer(0, 0)
    assert words.startswith("✓ Right.")
    assert quiz.score == (1, 3) and quiz.view["groups"][0]["locked"]


def test_a_right_answer_explains_every_wrong_option_too():
    words = make().answer(0, 0)
    for why in ("It does.", "It stays.", "Only one."):
        assert why in words
    assert make().view["groups"][0]["feedback"].count("<details>") == 2


def test_several_right_options():
    quiz = make()
    words = quiz.answer(1, [0, 2])
    assert (
        "“L1”: To zero." in words
        and "“Shuffling”: It moves rows." in words
        and "1 right option is still missing" in words
    )
    assert quiz.view["groups"][1]["marks"] == ["right", "", "wrong"]
    assert "2 right options are still missing" in quiz.answer(1, 2)
    assert "“L2” is right." in quiz.answer(1, [1])
    assert "Right." in quiz.answer(1, [1, 0])


def test_feedback_has_words_and_a_symbol():
    quiz = make()
    quiz.answer(0, 1)
    assert "✗" in quiz.view["groups"][0]["feedback"] and "Not quite" in quiz.view["groups"][0]["feedback"]


def test_the_buttons_do_the_same_as_python():
    quiz = make()
    press(quiz, event="submit", group=0, value=[0])
    assert quiz.score == (1, 3)
    press(quiz, event="again", group=0)
    group = quiz.view["groups"][0]
    assert not group["locked"] and group["feedback"] == "" and group["button"] == "Check"
    press(quiz, event="submit", group=0, value=[2])
    assert quiz.score == (0, 3)


def test_answers_are_recorded_and_remembered(progress):
    quiz = make()
    quiz.answer(0, 1)
    quiz.answer(0, 0)
    quiz.answer(1, [0, 2])
    entry = Progress(progress.path).get("quizzes", "3.3-quiz")
    assert entry["count"] == 3
    assert entry["questions"]["What grows?"] == {"chosen": ["The gap"], "right": True, "tries": 2}
    assert entry["questions"]["What shrinks weights?"]["right"] is False
    again = make()
    assert again.score == (1, 3)
    assert "It does." in again.view["groups"][0]["feedback"]
    assert again.view["groups"][1]["chosen"] == [0, 2]


def test_two_notebooks_answer_different_questions(progress):
    one, other = make(), make()
    one.answer(0, 0)
    other.answer(1, [0, 1])
    assert make().score == (2, 3)


def test_the_end_is_announced():
    quiz = make()
    for index, answer in enumerate([0, [0, 1], 0]):
        quiz.answer(index, answer)
    assert "3 of 3 right. You have finished this quiz." in quiz.view["notes"]


def test_records_of_an_edited_lesson_or_file_are_not_in_the_way(progress):
    progress.record(
        "quizzes",
        "3.3-quiz",
        {"questions": {"What grows?": {"chosen": ["Gone"]}, "x": 1, "What shrinks weights?": {"chosen": 3}}},
    )
    quiz = make()
    assert quiz.score == (0, 3) and quiz.view["groups"][0]["chosen"] == []
    progress.record("quizzes", "3.3-quiz", {"questions": 5})
    quiz.answer(0, 0)
    assert make().score == (1, 3)


def test_wrong_calls_are_refused():
    quiz = make()
    with pytest.raises(IndexError, match="questions are 0 to 2; received 3"):
        quiz.answer(3, 0)
    with pytest.raises(IndexError, match="options are 0 to 2"):
        quiz.answer(0, -1)
    with pytest.raises(ValueError, match="wants one option"):
        quiz.answer(0, [0, 1])
    with pytest.raises(ValueError, match="one or more"):
        quiz.answer(1, [])


def test_every_wrong_option_must_say_why():
    with pytest.raises(ValueError, match="must say why it is wrong"):
        Option("The rate")
    with pytest.raises(ValueError, match="has a text"):
        Option(" ", True)


@pytest.mark.parametrize(
    ("options", "multiple", "words"),
    [
        ([Option("a", True)], False, "two or more different"),
        ([Option("a", True), Option("a", why="x")], False, "two or more different"),
        ([Option("a", why="x"), Option("b", why="x")], False, "exactly one right option; it has 0"),
        ([Option("a", True), Option("b", True)], False, "exactly one right option; it has 2"),
        ([Option("a", why="x"), Option("b", why="x")], True, "one or more right options"),
    ],
)
def test_questions_without_sense_are_refused(options, multiple, words):
    with pytest.raises(ValueError, match=words):
        Question("What?", options, multiple)


def test_quizzes_without_sense_are_refused():
    with pytest.raises(ValueError, match="has 2"):
        make(questions=[single(), several()])
    with pytest.raises(ValueError, match="has 6"):
        make(questions=[single(str(number)) for number in range(6)])
    with pytest.raises(ValueError, match="same question twice"):
        make(questions=[single(), single(), several()])
    with pytest.raises(TypeError, match="Question"):
        make(questions=["What?"] * 3)
    with pytest.raises(TypeError, match="Option"):
        Question("What?", ["a", "b"])
    with pytest.raises(ValueError, match="has a text"):
        Question("", [Option("a", True), Option("b", True)])


def test_without_a_front_end_the_quiz_can_be_read():
    data, _ = make()._repr_mimebundle_()
    for words in ("What grows?", "a) The gap", "choose all that are right"):
        assert words in data["text/plain"] and words in data["text/html"]
    # What the answers are is there to read, but not before the reader asks for it.
    before, *folds = re.split("<details>", data["text/html"])
    assert (
        len(folds) == 3 and "It stays." not in before and "It stays." in folds[0].partition("</details>")[0]
    )
    assert "It stays." not in data["text/plain"] and "open the lesson in JupyterLab" in data["text/html"]


def test_an_answered_question_needs_no_folded_answer():
    quiz = make()
    quiz.answer(0, quiz.questions[0].right_ones)
    assert quiz._repr_mimebundle_()[0]["text/html"].count("Show the answer") == 2
