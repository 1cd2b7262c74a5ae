"""Three to five questions at the end of a lesson, with feedback that explains at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tuningkit.teaching.card import Card, Content, Group
from tuningkit.teaching.keys import lesson_of
from tuningkit.teaching.progress import Progress
from tuningkit.teaching.question import Question
from tuningkit.teaching.rich import Note, notes_text


class Quiz(Card):
    """A quiz. Each question is checked on its own, and may be tried until it is right.

    Answers are recorded; those of an earlier session are shown when the cell is run again.

    Args:
        key: Chapter number, hyphen, name, such as `"3.3-quiz"`.
        questions: Three to five questions.
        progress: Where to record; the learner's own file by default.

    Raises:
        TypeError: A question is not a `Question`.
        ValueError: Fewer than three or more than five questions, or two with the same text.

    Example:
        >>> quiz = Quiz("3.3-quiz", questions)  # doctest: +SKIP
        >>> quiz.answer(0, 2)                   # the third option of the first question  # doctest: +SKIP
    """

    def __init__(self, key: str, questions: Sequence[Question], *, progress: Progress | None = None) -> None:
        lesson_of(key)
        questions = tuple(questions)
        if not all(isinstance(question, Question) for question in questions):
            raise TypeError(f"Quiz {key!r} wants Question(text, options) objects; received {questions!r}.")
        if not 3 <= len(questions) <= 5:
            raise ValueError(f"A quiz has three to five questions; {key!r} has {len(questions)}.")
        if len({question.text for question in questions}) < len(questions):
            raise ValueError(f"Quiz {key!r} asks the same question twice.")
        super().__init__(progress)
        self.key = key
        self.questions = questions
        self._chosen: list[tuple[int, ...]] = [()] * len(questions)
        # Whether the learner reopened a question that was right already.
        self._reopened = [False] * len(questions)
        self._remember()
        self._refresh()

    @property
    def score(self) -> tuple[int, int]:
        """How many questions are right, and how many there are."""
        return sum(map(self._is_right, range(len(self.questions)))), len(self.questions)

    def answer(self, question: int, options: int | Iterable[int]) -> str:
        """Answer a question, as its button does.

        Args:
            question: Its position, counted from 0.
            options: The position of the chosen option, counted from 0; several positions where several may be
                right.

        Returns:
            The feedback in words.

        Raises:
            IndexError: There is no such question or option.
            ValueError: Nothing was chosen, or several options of a question that has one right answer.
        """
        with self._mutex:
            chosen = self._checked(question, options)
            self._chosen[question] = chosen
            self._reopened[question] = False
            self._record(question)
            self._refresh()
            return notes_text(self.questions[question].feedback(chosen))

    def _checked(self, question: int, options: int | Iterable[int]) -> tuple[int, ...]:
        if not 0 <= question < len(self.questions):
            raise IndexError(f"The questions are 0 to {len(self.questions) - 1}; received {question}.")
        asked = self.questions[question]
        chosen = tuple(sorted({options} if isinstance(options, int) else set(options)))
        if not all(0 <= option < len(asked.options) for option in chosen):
            raise IndexError(f"The options are 0 to {len(asked.options) - 1}; received {list(chosen)}.")
        if not chosen or (len(chosen) > 1 and not asked.multiple):
            wanted = "one or more options" if asked.multiple else "one option"
            raise ValueError(f"Question {question} wants {wanted}; received {list(chosen)}.")
        return chosen

    def _is_right(self, question: int) -> bool:
        return frozenset(self._chosen[question]) == self.questions[question].right_ones

    def _record(self, question: int) -> None:
        asked, chosen = self.questions[question], self._chosen[question]
        right = self._is_right(question)
        texts = [asked.options[index].text for index in chosen]

        def change(before: dict[str, Any]) -> dict[str, Any]:
            answers = _answers_in(before)
            earlier = answers.get(asked.text, {})
            tries = earlier.get("tries", 0)
            answers[asked.text] = {
                "chosen": texts,
                "right": right,
                "tries": (tries if isinstance(tries, int) else 0) + 1,
            }
            return {"count": len(self.questions), "questions": answers}

        self.progress.update("quizzes", self.key, change)

    def _remember(self) -> None:
        answers = _answers_in(self.progress.get("quizzes", self.key) or {})
        for index, question in enumerate(self.questions):
            texts = answers.get(question.text, {}).get("chosen")
            positions = {option.text: place for place, option in enumerate(question.options)}
            # A lesson that was edited may ask with other options; such an answer is asked for anew.
            if (
                isinstance(texts, list)
                and texts
                and all(isinstance(t, str) and t in positions for t in texts)
            ):
                self._chosen[index] = tuple(sorted(positions[text] for text in texts))

    def _submitted(self, group: int, value: Any) -> None:
        self.answer(group, [int(index) for index in value])

    def _again(self, group: int) -> None:
        self._reopened[group] = True

    def _content(self) -> Content:
        right, count = self.score
        notes = ()
        if any(self._chosen):
            words = f"{right} of {count} right."
            notes = (Note(words + (" You have finished this quiz." if right == count else "")),)
        return Content("Quiz", tuple(map(self._group, range(count))), notes=notes)

    def _group(self, index: int) -> Group:
        question, chosen = self.questions[index], self._chosen[index]
        locked = self._is_right(index) and not self._reopened[index]
        shown = bool(chosen) and not self._reopened[index]
        hint = " (choose all that are right)" if question.multiple else ""
        return Group(
            f"**{index + 1}.** {question.text}{hint}",
            "checkbox" if question.multiple else "radio",
            options=tuple(option.text for option in question.options),
            marks=tuple(self._mark(index, place) if shown else "" for place in range(len(question.options))),
            chosen=chosen,
            button="Answer again" if locked else "Check",
            locked=locked,
            feedback=question.feedback(chosen) if shown else (),
            answer=() if locked else question.explained(),
        )

    def _mark(self, question: int, place: int) -> str:
        if place not in self._chosen[question]:
            return ""
        return "right" if place in self.questions[question].right_ones else "wrong"


def _answers_in(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The recorded answers by the question's text; whatever a person may have edited into the file."""
    answers = entry.get("questions")
    if not isinstance(answers, dict):
        return {}
    return {text: answer for text, answer in answers.items() if isinstance(answer, dict)}
