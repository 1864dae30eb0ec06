"""What the name of a submission depends on."""

import json
from dataclasses import replace

from autograder.model import Cell, Message, Notebook
from autograder.notebook import read, submission_hash

NOTEBOOK = Notebook((Cell("code", "x", "a", locked=True, points=1.0, tags=("t",)), Cell("markdown", "y")))


def changed(**members):
    return Notebook((replace(NOTEBOOK.cells[0], **members), NOTEBOOK.cells[1]))


def test_it_is_sixty_four_hexadecimal_digits_and_stays_the_same_between_versions():
    assert submission_hash(NOTEBOOK) == "b292c8097ab048daf792d32f6c7e4bef5de9cdb622c2688ff36034ae29ffb934"


def test_source_kind_name_and_order_change_it():
    others = [changed(source="x "), changed(kind="raw"), changed(grade_id=None), Notebook(NOTEBOOK.cells[::-1])]
    assert len({submission_hash(notebook) for notebook in [NOTEBOOK, *others]}) == 5


def test_points_tags_locks_and_repairs_do_not():
    others = [changed(points=9.0), changed(tags=()), changed(locked=False), replace(NOTEBOOK, repairs=(Message("repair.x"),))]
    assert {submission_hash(notebook) for notebook in others} == {submission_hash(NOTEBOOK)}


def test_text_can_not_slip_from_one_field_into_the_next():
    assert submission_hash(Notebook((Cell("code", "ab"),))) != submission_hash(Notebook((Cell("code", "a"), Cell("code", "b"))))


def test_running_and_saving_leaves_it(make_ipynb, make_cell):
    before = make_ipynb(make_cell("a\nb"), nbformat_minor=5)
    after = make_ipynb(make_cell(["a\n", "b"]) | {"outputs": [], "id": "other"}, nbformat_minor=0, metadata={"colab": json.loads("{}")})
    assert submission_hash(read(before)) == submission_hash(read(after))
