from __future__ import annotations

import pytest

from tuningkit.teaching import Prediction
from tuningkit.teaching.progress import Progress

OPTIONS = ["It grows", "It shrinks", "Nothing"]


def make(**changes):
    return Prediction(
        **{"key": "3.3-gap", "question": "What does the `gap` do?", "options": OPTIONS, **changes}
    )


def press(card, **message):
    card._handle_custom_msg({"group": 0, **message}, [])


def test_commit_is_recorded_and_remembered(progress):
    prediction = make()
    assert not prediction.committed and prediction.choice is None
    prediction.commit("It shrinks")
    assert prediction.committed and prediction.choice == "It shrinks"
    assert Progress(progress.path).get("predictions", "3.3-gap")["choice"] == "It shrinks"
    again = make()
    assert again.choice == "It shrinks"
    assert again.view["groups"][0]["locked"] and again.view["groups"][0]["chosen"] == [1]
    assert again.view["groups"][0]["button"] == "Predict again"


def test_the_buttons_do_the_same_as_python():
    prediction = make()
    press(prediction, event="submit", value=[0])
    assert prediction.choice == "It grows"
    press(prediction, event="again")
    group = prediction.view["groups"][0]
    assert not group["locked"] and group["chosen"] == [0] and group["button"] == "Commit to this prediction"
    # Until a new choice is made, the old prediction stands.
    assert prediction.choice == "It grows"
    press(prediction, event="submit", value=[2])
    assert prediction.choice == "Nothing" and prediction.view["groups"][0]["locked"]


def test_callbacks_hear_of_commits_also_of_earlier_ones():
    heard = []
    prediction = make()
    prediction.on_commit(heard.append)
    assert heard == []
    prediction.commit("Nothing")
    prediction.commit("It grows")
    assert heard == ["Nothing", "It grows"]
    make().on_commit(heard.append)
    assert heard[-1] == "It grows" and len(heard) == 3


def test_a_callback_that_fails_is_shown_on_the_card():
    prediction = make()

    def fails(_):
        raise RuntimeError("the lab is closed")

    prediction.on_commit(fails)
    press(prediction, event="submit", value=[0])
    assert "the lab is closed" in prediction.view["notes"]
    assert prediction.choice == "It grows"
    press(prediction, event="again")
    assert prediction.view["notes"] == ""


def test_messages_that_make_no_sense_do_not_break_the_card():
    prediction = make()
    for message in ("x", {"event": "other"}, {"event": "submit", "value": [9]}, {"event": "submit"}):
        prediction._handle_custom_msg(message, [])
    assert not prediction.committed


def test_wrong_choices_name_what_would_be_right():
    with pytest.raises(ValueError, match="Did you mean 'It grows'"):
        make().commit("It grow")
    with pytest.raises(ValueError, match="The options are"):
        make().commit(1)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"key": "gap"}, ValueError, "such as '3.3-a'"),
        ({"question": " "}, ValueError, "wants a question"),
        ({"options": None}, TypeError, "either `options`"),
        ({"between": (0, 1)}, TypeError, "either `options`"),
        ({"options": "yes no"}, TypeError, "a list of texts"),
        ({"options": [1, 2]}, TypeError, "a list of texts"),
        ({"options": ["one"]}, ValueError, "two or more different"),
        ({"options": ["one", "one"]}, ValueError, "two or more different"),
        ({"options": None, "between": (1, 1)}, ValueError, "smallest, largest"),
        ({"options": None, "between": (0, float("inf"))}, ValueError, "finite"),
    ],
)
def test_wrong_arguments_are_refused(changes, error, words):
    with pytest.raises(error, match=words.replace("(", r"\(")):
        make(**changes)


def test_a_question_with_new_options_is_asked_anew():
    make().commit("It grows")
    assert not make(options=["Up", "Down"]).committed
    assert not make(options=None, between=(0, 10)).committed


def test_a_number():
    prediction = make(options=None, between=(0, 100), unit="%")
    assert prediction.view["groups"][0]["number"] == {"value": None, "min": 0, "max": 100, "unit": "%"}
    press(prediction, event="submit", value=40)
    assert prediction.choice == 40.0
    with pytest.raises(ValueError, match="between 0 and 100"):
        prediction.commit(101)
    for value in ("many", True, None):
        with pytest.raises(TypeError, match="A number is wanted"):
            prediction.commit(value)
    with pytest.raises(ValueError, match="finite"):
        prediction.commit(float("nan"))
    assert "below your prediction; they are 15 % apart" in repr(prediction.reveal(25))
    assert "above your prediction" in repr(prediction.reveal(140))
    assert "as you predicted" in repr(prediction.reveal(40))


def test_reveal_sets_prediction_and_result_side_by_side(progress):
    prediction = make()
    prediction.commit("It grows")
    reveal = prediction.reveal("It shrinks", "Units cannot rely on each other.")
    assert reveal.view["pairs"] == [["You predicted", "It grows"], ["What happened", "It shrinks"]]
    assert "Units cannot rely" in reveal.view["notes"]
    # No blame: neither the mark nor the colour of a mistake.
    assert "✗" not in repr(reveal) and reveal.view["tone"] == "info"
    assert progress.get("predictions", "3.3-gap")["outcome"] == "It shrinks"
    assert "as you predicted" in repr(prediction.reveal("It grows"))


def test_reveal_without_a_prediction_keeps_the_answer_folded():
    reveal = make().reveal("Nothing", "Because.")
    assert "You did not predict this time." in repr(reveal) and "What happened: Nothing" in repr(reveal)
    assert "<details>" in reveal.view["notes"] and reveal.view["pairs"] == []
    html = reveal._repr_mimebundle_()[0]["text/html"]
    assert html.index("You did not predict") < html.index("<details>") < html.index("Nothing")


def test_reveal_follows_a_later_commit():
    prediction = make()
    reveal = prediction.reveal("Nothing")
    prediction.commit("It grows")
    assert reveal.view["pairs"][0] == ["You predicted", "It grows"]


def test_revealing_again_keeps_the_day_of_the_prediction(progress, monkeypatch):
    monkeypatch.setattr("tuningkit.teaching.progress._now", lambda: "2026-01-02T03:04:05+00:00")
    prediction = make()
    prediction.commit("It grows")
    prediction.reveal("Nothing")
    monkeypatch.setattr("tuningkit.teaching.progress._now", lambda: "2027-01-02T03:04:05+00:00")
    make().reveal("Nothing")
    assert progress.get("predictions", "3.3-gap")["at"] == "2026-01-02T03:04:05+00:00"
    assert "(on 2026-01-02)" in repr(make())


def test_reveal_refuses_an_answer_that_was_no_option():
    with pytest.raises(ValueError, match="Did you mean 'Nothing'"):
        make().reveal("nothing")
    with pytest.raises(ValueError, match="finite"):
        make(options=None, between=(0, 1)).reveal(float("nan"))


def test_without_a_front_end_the_card_is_text_and_html():
    prediction = make(question="Is 1 < 2 & `a`?")
    data, _ = prediction._repr_mimebundle_()
    assert data["text/plain"].startswith("Predict\nIs 1 < 2 & a?\n  a) It grows")
    assert "Is 1 &lt; 2 &amp; <code>a</code>?" in data["text/html"] and "It shrinks" in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_the_card_says_once_that_progress_cannot_be_saved(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path / "file"))
    prediction = make()
    prediction.commit("Nothing")
    assert prediction.view["notes"].count("cannot be saved") == 1
    prediction.commit("It grows")
    assert prediction.view["notes"].count("cannot be saved") == 1
    assert prediction.choice == "It grows"
