import csv
import dataclasses
import io

from autograder.exports import csv_grades
from autograder.model import CellError, Message, Verdict


def rows(reports):
    return list(csv.DictReader(io.StringIO(csv_grades.write(reports).decode("utf-8"), newline="")))


def test_one_row_a_submission_with_a_column_for_each_exercise(classroom):
    found = rows(classroom)
    assert [row["student"] for row in found] == sorted(report.student for report in classroom)
    assert list(found[0])[:5] == ["student", "assignment", "score", "max_score", "verdict"]
    assert list(found[0])[-1] == "flags"
    noor = next(row for row in found if row["student"] == "Noor Sample")
    assert (noor["score"], noor["max_score"], noor["verdict"]) == ("64", "100", "not_attempted")
    assert (noor["sigmoid"], noor["sigmoid-tails"], noor["best-case"]) == ("5", "6", "0")


def test_a_fault_of_ours_leaves_the_score_empty_and_flagged(classroom):
    row = next(row for row in rows(classroom) if row["student"] == "Chidi Test")
    assert (row["score"], row["sigmoid"], row["flags"]) == ("", "", "grader_fault")


def test_flags_say_what_to_look_at(classroom):
    flags = {row["student"]: row["flags"] for row in rows(classroom)}
    assert flags["Noor Sample"] == "environment: seaborn; repaired"
    assert flags["Fen Trial"] == "rejected"
    assert flags["Eszter Demo"] == "time_limit"
    assert flags["Bo Example"] == ""


def test_what_is_forbidden_is_flagged_with_its_package(report):
    used = CellError("cell 3", Verdict.FORBIDDEN, Message("cell.hidden", {"module": "torch", "line": 1}))
    absent = CellError("cell 4", Verdict.ENVIRONMENT, Message("cell.missing_module", {"module": "pandas"}))
    (row,) = rows([dataclasses.replace(report, cell_errors=(used, absent), repairs=())])
    assert row["flags"] == "environment: pandas; forbidden: torch"
    forged = dataclasses.replace(used, message=Message("cell.hidden", {"module": None, "line": None}))
    (row,) = rows([dataclasses.replace(report, cell_errors=(forged,), repairs=())])
    assert row["flags"] == "forbidden"


def test_several_assignments_get_columns_of_their_own(report):
    other = dataclasses.replace(report, assignment="02-backprop")
    found = rows([other, report])
    assert [row["assignment"] for row in found] == ["01-activations", "02-backprop"]
    assert found[0]["01-activations/elu"] == found[1]["02-backprop/elu"] == "8"
    assert found[0]["02-backprop/elu"] == found[1]["01-activations/elu"] == ""


def test_points_keep_two_decimals_and_no_needless_zeros(report):
    for score, shown in [(100 / 3, "33.33"), (12.5, "12.5"), (0.0, "0"), (100.0, "100"), (12345.678, "12345.68")]:
        assert rows([dataclasses.replace(report, score=score)])[0]["score"] == shown


def test_a_formula_is_kept_as_text(report):
    for name in ("=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\uff1d1", "\x1b[31m=1"):
        cell = rows([dataclasses.replace(report, student=name)])[0]["student"]
        assert cell.startswith("'")
    for name in ("anna;=1+1", "anna; @x", "anna;\uff1d1"):
        cell = rows([dataclasses.replace(report, student=name)])[0]["student"]
        assert cell.startswith("anna;'")
    assert rows([dataclasses.replace(report, student='a "quoted", name')])[0]["student"] == 'a "quoted", name'


def test_a_class_without_reports_is_a_header(classroom):
    assert csv_grades.write([]) == b"student,assignment,score,max_score,verdict,flags\n"


def test_the_verdict_is_the_models_word(classroom):
    assert {row["verdict"] for row in rows(classroom)} <= {verdict.value for verdict in Verdict}
