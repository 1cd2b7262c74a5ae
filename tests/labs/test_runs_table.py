import csv

import numpy as np
import pytest
import traitlets

from tuningkit.labs.runs_table import Column, RunsTable
from tuningkit.labs.static import unpack_frame

COLUMNS = [
    Column("l2", "L2 strength"),
    Column("val_loss", "validation loss", better="lower"),
    Column("epoch", "best epoch", kind="integer"),
    Column("accuracy", "accuracy", format="percent", better="higher"),
    Column("diagnosis", "diagnosis", kind="text"),
]
ROWS = [
    {"id": "a", "l2": 1e-4, "val_loss": 0.5, "epoch": 7, "accuracy": 0.875, "diagnosis": "healthy"},
    {"id": "b", "l2": 0.0, "val_loss": float("nan"), "epoch": None, "diagnosis": 'said "no", twice'},
]


@pytest.fixture
def table():
    widget = RunsTable(COLUMNS)
    yield widget
    widget.close()


def sent(table):
    return unpack_frame(table._frame)[0]["rows"]


def test_rows_travel_with_nan_spelled_out(table):
    table.show(ROWS)
    first, second = sent(table)
    assert first == ROWS[0]
    assert second["val_loss"] == {"notFinite": "nan"}
    assert second["accuracy"] is None
    assert second["epoch"] is None


def test_numpy_values_become_plain_ones(table):
    table.show(
        [{"id": np.int64(3), "l2": np.float32(0.1), "epoch": np.float64(4.0), "val_loss": np.float64("inf")}]
    )
    (row,) = table.rows
    assert row["id"] == 3 and type(row["id"]) is int
    assert row["l2"] == 0.1
    assert row["epoch"] == 4 and type(row["epoch"]) is int
    assert sent(table)[0]["val_loss"] == {"notFinite": "inf"}


def test_keys_without_a_column_are_left_out(table):
    table.show([{"id": 1, "model": object()}])
    assert "model" not in table.rows[0]


def test_changing_the_rows_handed_out_changes_nothing(table):
    table.show(ROWS)
    table.rows[0]["l2"] = 99.0
    assert table.rows[0]["l2"] == 1e-4


def test_csv_holds_every_row_in_full_precision(table, tmp_path):
    table.show([{**ROWS[0], "val_loss": 1 / 3}, ROWS[1]])
    path = table.to_csv(tmp_path / "runs.csv")
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == ["id", "l2", "val_loss", "epoch", "accuracy", "diagnosis"]
    assert float(lines[0]["val_loss"]) == 1 / 3
    assert lines[1]["val_loss"] == "nan"
    assert lines[1]["epoch"] == ""
    assert lines[1]["diagnosis"] == 'said "no", twice'


def test_an_id_column_is_written_once(tmp_path):
    table = RunsTable([Column("id", "run", kind="text"), Column("l2", "L2")])
    table.show([{"id": "one", "l2": 0.5}])
    assert table.to_csv(tmp_path / "runs.csv").read_text(encoding="utf-8").split() == ["id,l2", "one,0.5"]
    table.close()


def test_an_empty_table_writes_its_heading(table, tmp_path):
    assert table.to_csv(tmp_path / "runs.csv").read_text(encoding="utf-8").startswith("id,l2,val_loss")


def test_pick_from_python_reaches_the_browser(table):
    table.show(ROWS)
    table.selected_id = "b"
    assert table._selection.value == "b"


def test_pick_in_the_browser_reaches_python(table):
    table.show(ROWS)
    seen = []
    table.observe(lambda change: seen.append(change.new), "selected_id")
    table._selection.set_state({"value": "a"})
    table._selection.set_state({"value": "gone"})
    table._selection.set_state({"value": None})
    assert seen == ["a", None]


def test_a_pick_survives_an_update_and_ends_with_its_row(table):
    table.show(ROWS)
    table.selected_id = "b"
    table.show([{**ROWS[1], "val_loss": 0.1}, ROWS[0]])
    assert table.selected_id == "b"
    table.show(ROWS[:1])
    assert table.selected_id is None
    assert table._selection.value is None


def test_picking_an_unknown_row_is_an_error(table):
    table.show(ROWS)
    with pytest.raises(traitlets.TraitError, match="id of a row shown, or None, but got 'z'"):
        table.selected_id = "z"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"l2": 1.0}], "Row 0 needs an 'id', a text or an integer, but has None"),
        ([{"id": 1.5}], "but has 1.5"),
        ([{"id": True}], "but has True"),
        ([{"id": 1}, {"id": "1"}], "'1' comes twice"),
        ([{"id": 1, "l2": "much"}], "Column 'l2' holds numbers, but got 'much'"),
        ([{"id": 1, "l2": [1.0]}], "Column 'l2' holds numbers"),
        ([{"id": 1, "epoch": 2.5}], "Column 'epoch' holds whole numbers, but got 2.5"),
    ],
)
def test_rows_that_do_not_fit_are_refused_and_the_old_ones_stay(table, rows, message):
    table.show(ROWS)
    before = table._frame
    with pytest.raises(ValueError, match=message):
        table.show(rows)
    assert table._frame == before
    assert len(table.rows) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "date"}, "kind of column 'x' must be one of 'number', 'integer', 'text', but got 'date'"),
        ({"format": "roman"}, "format of column 'x' must be one of 'short', 'percent', but got 'roman'"),
        ({"better": "more"}, "better of column 'x'"),
        ({"kind": "text", "better": "lower"}, "holds words"),
        ({"title": ""}, "needs a name and a title"),
    ],
)
def test_columns_that_make_no_sense_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Column(**{"name": "x", "title": "x", **arguments})


def test_tables_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="at least one Column"):
        RunsTable([])
    with pytest.raises(ValueError, match="l2 comes more than once"):
        RunsTable([Column("l2", "L2"), Column("l2", "again")])
    with pytest.raises(TypeError, match="must hold Column objects, but got str: 'l2'"):
        RunsTable(["l2"])
    with pytest.raises(ValueError, match="between 120 and 2000"):
        RunsTable(COLUMNS, max_height=10)
