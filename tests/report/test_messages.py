import pickle
import string

import pytest

from autograder.errors import ChecksError
from autograder.model import Message
from autograder.report.english import ENGLISH
from autograder.report.messages import LANGUAGES, parameters, render

NUMBERS = {"got_bytes", "limit_bytes", "seconds", "line", "count", "total", "wrong", "error", "allowed", "factor", "limit"}

SAID_BY_THE_STAGES = """
notebook.not_json(reason) notebook.not_notebook() notebook.too_large(got_bytes,limit_bytes) notebook.old_format(got)
notebook.invalid(reason) notebook.other_assignment(wanted,got) notebook.too_deep() notebook.encoding()
notebook.too_many_cells(got,limit) notebook.duplicate_id(grade_id) source.not_regular(name)
source.unreadable(name,reason) source.withheld(name,reason)
source.bad_archive(name,reason) source.no_notebook(name) repair.locked_restored(cell)
repair.cell_inserted(cell) repair.points_restored(cell) repair.outputs_dropped() repair.duplicate_dropped(cell)
repair.metadata_restored(cell) cell.syntax(line,text,reason) cell.exception(type,line,text) cell.missing_module(module)
cell.hidden(module,line) cell.time_limit(seconds) cell.memory_limit() cell.output_limit(limit_bytes) cell.exit() cell.not_run() cell.died()
call.missing(name,candidates) call.signature(name,wanted) call.exception(name,type,line,code,cell)
call.exception_shown(name,type,line,code,cell) call.hidden(name,module,line,code,cell)
call.time_limit(name,seconds) call.memory_limit(name) call.died(name) call.missing_module(name,module)
call.submission_time_limit(seconds) call.output_limit(name,limit_bytes) value.none(name) value.kind(name,got,wanted)
value.shape(name,got,wanted) value.not_finite(name,what,count,total) value.wrong(name,error,allowed)
value.wrong_number(name) value.far_off(name) part.follows_open(exercise,mistake)
value.wrong_entries(name,wrong,total) value.factor(name,factor) value.sign(name) value.transposed(name)
value.require(text) value.dtype(name,got) part.not_attempted() part.follows(exercise,mistake) part.mistake(name)
grader.fault()
"""


def example(template):
    return {name: 3 if name in NUMBERS else f"some-{name}" for name in parameters(template)}


@pytest.mark.parametrize("signature", SAID_BY_THE_STAGES.split())
def test_the_stages_can_say_what_they_have_to_say(signature):
    message_id, _, names = signature.rstrip(")").partition("(")
    assert parameters(ENGLISH[message_id]) == frozenset(filter(None, names.split(",")))


@pytest.mark.parametrize("message_id", ENGLISH)
def test_every_message_is_a_whole_sentence_that_shows_each_of_its_parameters(message_id):
    params = example(ENGLISH[message_id])
    said = render(Message(message_id, params))
    assert all(str(value) in said for value in params.values())
    assert message_id == "value.require" or ((said[0].isupper() or said[0] == "`") and said.endswith("."))
    assert "{" not in said
    assert "None" not in said.replace("returned None", "")
    assert "  " not in said
    assert said.count("`") % 2 == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_messages_with_no_parameters_of_its_own(language):
    table = LANGUAGES[language]
    assert set(table) == set(ENGLISH)
    assert all(parameters(table[message_id]) <= parameters(ENGLISH[message_id]) for message_id in ENGLISH)


def test_an_unknown_id_is_our_fault_and_is_named():
    with pytest.raises(ChecksError, match=r"message 'value\.wron' is not in the catalogue 'en'; add a sentence for it"):
        render(Message("value.wron"))


def test_a_missing_parameter_is_our_fault_and_is_named():
    with pytest.raises(ChecksError, match=r"message 'value\.shape' needs the parameter 'wanted' \(given: got, name\)"):
        render(Message("value.shape", {"name": "f", "got": "(3,)"}))
    with pytest.raises(ChecksError, match=r"needs the parameter 'name' \(given: none\)"):
        render(Message("value.none"))


def test_a_parameter_too_many_does_no_harm():
    assert render(Message("value.none", {"name": "f", "line": 3})) == render(Message("value.none", {"name": "f"}))


def test_what_is_not_known_leaves_no_hole_in_the_sentence():
    said = render(Message("call.exception", {"name": "relu", "type": "NameError", "line": None, "code": None, "cell": None}))
    assert said.startswith("`relu` stopped with NameError. Run it")
    said = render(Message("call.exception", {"name": "relu", "type": "NameError", "line": 4, "code": "return y", "cell": None}))
    assert said.startswith("`relu` stopped with NameError in line 4: `return y`. Run it")
    said = render(Message("call.exception", {"name": "relu", "type": "NameError", "line": 4, "code": "return y", "cell": "cell 7"}))
    assert said.startswith("`relu` stopped with NameError in line 4 of the cell `cell 7`: `return y`. Run it")
    assert "does have" not in render(Message("call.missing", {"name": "relu", "candidates": ""}))
    assert "it does have `ReLU`" in render(Message("call.missing", {"name": "relu", "candidates": "ReLU"}))
    assert "returned unknown;" in render(Message("value.kind", {"name": "f", "got": None, "wanted": "a number"}))


def test_counts_and_sizes_and_times_are_written_as_people_write_them():
    assert "in 1 of 1 entry;" in render(Message("value.not_finite", {"name": "f", "what": "nan", "count": 1, "total": 1}))
    assert "1 second." in render(Message("call.time_limit", {"name": "f", "seconds": 1}))
    assert "2.5 seconds." in render(Message("call.time_limit", {"name": "f", "seconds": 2.5}))
    assert "is 11.4 MiB long; up to 10 MiB" in render(Message("notebook.too_large", {"got_bytes": 12_000_000, "limit_bytes": 10 << 20}))
    assert "than 512 bytes," in render(Message("cell.output_limit", {"limit_bytes": 512}))
    assert "than 4096 GiB," in render(Message("cell.output_limit", {"limit_bytes": 4096 << 30}))
    assert "relative error 0.3142, allowed 1e-09" in render(Message("value.wrong", {"name": "f", "error": 0.31416, "allowed": 1e-9}))


@pytest.mark.parametrize("spelling", ["nan", "inf", "-inf"])
def test_a_number_that_is_not_finite_reads_the_same_before_and_after_json(spelling):
    raw = Message("value.factor", {"name": "f", "factor": float(spelling)})
    assert f"yours is {spelling} times" in render(raw)
    assert render(raw) == render(Message("value.factor", {"name": "f", "factor": spelling}))


def test_a_wrong_kind_of_parameter_is_shown_rather_than_raised():
    for message_id, template in ENGLISH.items():
        for odd in ("text", None, True, 1, 2.5, ""):
            assert isinstance(render(Message(message_id, dict.fromkeys(parameters(template), odd))), str)


def test_text_from_outside_is_taken_literally():
    said = render(Message("value.kind", {"name": "{name} %s %(x)s {0.__class__}", "got": "<b>&amp;", "wanted": "{wanted}"}))
    assert said == "`{name} %s %(x)s {0.__class__}` returned <b>&amp;; wanted is {wanted}."


def test_a_percent_sign_in_a_value_is_not_a_place_for_a_value():
    assert "near `a % b`" in render(Message("cell.syntax", {"line": 1, "text": "a % b", "reason": None}))


def test_control_characters_and_terminal_colours_are_stripped_but_lines_stay():
    said = render(Message("value.require", {"text": "\x1b[31mone\x1b[0m\r\n\ttwo\x00\x08\x7f\x9b5m \u202ethree\ud800"}))
    assert said == "one\n\ttwo three"


def test_overlong_text_is_shortened():
    said = render(Message("source.unreadable", {"name": "n" * 5_000, "reason": "r"}))
    assert len(said) < 300
    assert "n…`" in said
    assert len(render(Message("value.require", {"text": "t" * 50_000}))) == 2_000


def test_templates_are_data_that_the_standard_parser_reads():
    for template in ENGLISH.values():
        assert list(string.Formatter().parse(template))


def test_a_message_error_survives_the_way_between_processes():
    with pytest.raises(ChecksError) as caught:
        render(Message("no.such"))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
