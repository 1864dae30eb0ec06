import dataclasses
import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.exports import FORMATS, html_page
from autograder.exports.html_class import default_link
from autograder.exports.html_figure import figure
from autograder.exports.html_parts import VERDICTS, listed, once_in, prose, share
from autograder.model import Band, Curve, Message, PartReport, Series, Verdict

floats = st.floats()
series = st.builds(
    Series, st.text(max_size=5), st.lists(floats, max_size=5).map(tuple), st.lists(st.none() | floats, max_size=5).map(tuple)
)
bands = st.builds(
    Band,
    st.text(max_size=5),
    *[st.lists(floats, max_size=5).map(tuple)] * 3,
    st.floats(0, 1),
    st.text(max_size=5),
)
curves = st.builds(
    Curve,
    st.text(max_size=9),
    st.text(max_size=5),
    st.text(max_size=5),
    st.booleans(),
    st.lists(series, max_size=3).map(tuple),
    st.lists(series, max_size=3).map(tuple),
    st.lists(bands, max_size=2).map(tuple),
)


def student(report):
    return html_page.student_page(report).decode("utf-8")


def test_the_page_fetches_nothing_and_runs_nothing(report, classroom):
    for page in (student(report), html_page.class_page(classroom).decode("utf-8")):
        assert """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">""" in page
        assert not re.search(r"<script|<link|<img|<iframe|<object|@import|url\(|src=|https?:|javascript:| on\w+=", page)


def test_what_is_right_stands_before_what_to_mend(report):
    page = student(report)
    assert page.index("<b>Right:</b>") < page.index("<b>To mend:</b>") < page.index("<b>Still to try:</b>")
    relu = page[page.index('id="exercise-5"') : page.index('id="exercise-6"')]
    assert relu.index(">relu<") < relu.index(">grad<") < relu.index(">at zero<")


def test_every_part_has_its_verdict_in_words_and_its_points(report):
    page = student(report)
    for exercise in report.exercises:
        for part in exercise.parts:
            assert f'<span class="name">{part.name}</span>\n<span class="word">{VERDICTS[part.verdict][2]}</span>' in page
    assert '<p class="score"><strong>64</strong> <span>of 100 points</span></p>' in page


def test_mistake_hint_example_and_what_follows_are_told(report):
    page = student(report)
    assert "<b>We recognise this one</b> e^z / (1 + e^z) overflows for large z" in page
    assert "<b>Hint</b> For which sign of z does <code>np.exp(z)</code> stay small?" in page
    assert "sigmoid(np.array([-800., 0., 800.]))</pre>" in page
    assert (
        page.index("Your output") < page.index("array([0. , 0.5, nan])") < page.index("Right output") < page.index("array([0. , 0.5, 1. ])")
    )
    assert '<p class="follows">This follows from an earlier mistake (e^z / (1 + e^z) overflows for large z, in The sigmoid)' in page
    assert page.count("alpha is missing from the derivative on the negative side") == 1


def test_a_credit_without_a_sentence_of_its_own_still_says_what_it_follows_from(report):
    exercise = report.exercises[2]
    check = dataclasses.replace(exercise.parts[0].checks[0], messages=())
    part = dataclasses.replace(exercise.parts[0], checks=(check,))
    page = student(dataclasses.replace(report, exercises=(dataclasses.replace(exercise, parts=(part,)),)))
    assert "<b>Follows from</b> e^z / (1 + e^z) overflows for large z" in page


def test_what_holds_for_all_parts_of_an_exercise_is_said_once(report):
    assert student(report).count("You have not written this one yet") == 1


def with_checks(report, *parts):
    """The report with its first exercise made of failed parts, each of one check with these messages."""
    check = dataclasses.replace(report.exercises[0].parts[0].checks[0], follows=None, mistake=None, hint=None, counterexample=None)
    made = tuple(
        PartReport(name, 1.0, 0.0, verdict, (dataclasses.replace(check, verdict=verdict, messages=messages),))
        for name, verdict, messages in parts
    )
    exercise = dataclasses.replace(report.exercises[0], parts=made, verdict=made[-1].verdict)
    return dataclasses.replace(report, exercises=(exercise, *report.exercises[1:]))


def test_a_failed_part_whose_notes_stand_above_says_where(report):
    message = (Message("value.none", {"name": "relu"}),)
    page = student(with_checks(report, ("first_one", Verdict.FAILED, message), ("second", Verdict.FAILED, message)))
    assert page.count("returned None") == 1
    assert "As above: the same cause as in the part first one." in page


def test_a_part_that_another_ones_time_limit_ended_says_it_was_not_run(report):
    message = (Message("call.time_limit", {"name": "relu", "seconds": 5}),)
    page = student(with_checks(report, ("first", Verdict.TIME_LIMIT, message), ("second", Verdict.TIME_LIMIT, message)))
    assert "Not run: <code>relu</code> ran out of time before." in page


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.ERROR, Verdict.TIME_LIMIT, Verdict.ENVIRONMENT, Verdict.NOT_ATTEMPTED])
def test_whatever_is_not_all_right_opens_alike(report, verdict):
    header = student(dataclasses.replace(report, verdict=verdict)).partition("</header>")[0]
    assert "</span> Not yet all right</span>" in header


def test_a_notebook_in_which_nothing_was_tried_is_not_finished_yet(report):
    exercises = tuple(dataclasses.replace(exercise, verdict=Verdict.NOT_ATTEMPTED) for exercise in report.exercises)
    page = student(dataclasses.replace(report, exercises=exercises, verdict=Verdict.NOT_ATTEMPTED))
    assert "</span> Not finished yet</span>" in page.partition("</header>")[0]


def test_notes_on_the_notebook_and_the_circumstances_are_there(report):
    page = student(report)
    assert "<code>figure-of-my-own</code>" in page
    assert "The cell <code>relu-grad</code> is a given one" in page
    for fact in ("3f9c2ab481d0", "cpu", "<dt>Isolation</dt><dd>A</dd>", "numpy 2.3.4"):
        assert fact in page


def test_all_right_is_said_plainly(classroom):
    page = student(classroom[1])
    assert "Everything here is right. Well done!" in page
    assert "To mend" not in page


def test_a_fault_of_ours_is_no_zero(classroom):
    page = student(classroom[2])
    assert "not graded yet" in page
    assert "<strong>0</strong>" not in page
    assert "Nothing is held against you" in page


def test_a_file_that_was_turned_away_says_why_and_nothing_of_exercises(classroom):
    page = student(classroom[4])
    assert "This is not the notebook of <code>01-activations</code>: it looks like <code>02-backprop</code>." in page
    assert 'id="exercise-1"' not in page
    assert "Stopped with an error" in page


def test_an_exercise_that_we_could_not_grade_is_told_apart(report):
    exercises = tuple(dataclasses.replace(exercise, verdict=Verdict.GRADER_FAULT, earned=None) for exercise in report.exercises[:1])
    page = student(dataclasses.replace(report, exercises=exercises + report.exercises[1:], score=None, verdict=Verdict.GRADER_FAULT))
    assert "<b>Not graded yet:</b>" in page
    assert "&ndash; of 8" in page


def test_the_class_page_has_a_row_for_each_with_a_link_and_a_mean(classroom):
    page = html_page.class_page(classroom, title="Spring").decode("utf-8")
    assert "<h1>Spring</h1>" in page
    assert '<a href="Noor%20Sample/01-activations/report.html">Noor Sample</a>' in page
    assert page.count('<tr><th scope="row">') == len(classroom) + 1
    assert "<dd>72 <small>of 100</small></dd>" in page
    assert '<th scope="row">Mean</th><td class="number">61</td>' in page
    assert '<span class="times">2</span><div><p>alpha is missing from the derivative' in page
    assert "ELU: Eszter Demo, Noor Sample" in page


def test_the_class_page_takes_links_from_whoever_writes_the_files(classroom):
    page = html_page.class_page(classroom, link=lambda report: f"/r/{report.submission}").decode("utf-8")
    assert '<a href="/r/noor.ipynb">' in page


def test_a_table_for_each_assignment(report):
    page = html_page.class_page([report, dataclasses.replace(report, assignment="02", title="Other", exercises=())]).decode("utf-8")
    assert page.count("<table") == 2
    assert "There are no reports yet." in html_page.class_page([]).decode("utf-8")


def test_one_report_may_lack_an_exercise(report):
    shorter = dataclasses.replace(report, student="Short", exercises=report.exercises[:3])
    page = html_page.class_page([shorter, report]).decode("utf-8")
    assert page.count('<th scope="col" class="exercise">') == 9
    assert page.count('<td class="exercise"><span class="aside">&ndash;</span></td>') == 6


@pytest.mark.parametrize(
    ("name", "step"), [("..", "_"), (".", "_"), ("", "_"), ("a/../b", "a%2F..%2Fb"), ("javascript:x", "javascript%3Ax")]
)
def test_a_link_stays_below_the_page(report, name, step):
    assert default_link(dataclasses.replace(report, student=name)) == f"{step}/01-activations/report.html"


def test_figures_are_drawn_with_both_series_a_title_and_a_table(report):
    page = student(report)
    assert page.count("<figure>") == 2
    assert page.count('role="img"') == 2
    assert "sigmoid (yours, solid)" in page
    assert "sigmoid (reference, dashed)" in page
    assert "Not drawn: 2 zero or negative, of 80 values." in page
    assert "The numbers (40 of 61 rows)" in page
    assert max(len(figure(curve, 1)) for curve in report.curves) < 12_000


def test_a_long_series_is_thinned(report):
    x = tuple(float(number) for number in range(100_000))
    drawn = figure(Curve("t", "x", "y", False, (Series("s", x, x),), ()), 1)
    assert len(drawn) < 12_000


def test_a_student_series_left_out_does_not_shift_the_others(report):
    curve = report.curves[0]
    drawn = figure(dataclasses.replace(curve, yours=curve.yours[1:]), 1)
    assert '<g class="yours c1">' in drawn
    assert '<g class="yours c0">' not in drawn


def test_a_point_between_two_gaps_is_still_seen():
    drawn = figure(Curve("t", "x", "y", False, (), (Series("s", (0.0, 1.0, 2.0, 3.0), (None, 1.0, math.nan, 2.0)),)), 1)
    assert drawn.count("h0") == 2
    assert "Not drawn: 2 not finite, of 4 values." in drawn


BAND = Band("he", (1.0, 2.0), (1.0, 2.0), (3.0, 2.0), 1e-6, "an exact law")


def test_a_band_is_shaded_between_its_ends_in_the_colour_of_its_line_and_says_how_far_to_trust_it():
    drawn = figure(Curve("t", "x", "y", False, (Series("he", (1.0, 2.0), (2.0, 2.0)),), (), (BAND,)), 1)
    assert '<g class="band c0"><path d="M62.0 268.0L546.0 142.0L546.0 142.0L62.0 16.0"/></g>' in drawn
    assert drawn.index('class="band') < drawn.index('class="yours')  # the line lies on top
    assert "he (band, shaded)" in drawn
    assert "Shaded for he: where right lines lie, by an exact law; one leaves its band by chance at most once in 1,000,000 times." in drawn
    assert "<td>2</td><td>1</td><td>3</td>" in drawn


def test_bands_that_are_alike_are_told_together_and_others_apart():
    named = [dataclasses.replace(BAND, label=label, made=made) for label, made in (("a", "a law"), ("b", "a draw"), ("c", "a law"))]
    drawn = figure(Curve("t", "x", "y", False, (), (), tuple(named)), 1)
    assert "Shaded for a and c: where right lines lie, by a law" in drawn
    assert "Shaded for b: where right lines lie, by a draw" in drawn


def test_an_end_of_a_band_without_a_place_on_the_axis_is_left_out():
    band = dataclasses.replace(BAND, x=(1.0, 2.0, 3.0), low=(0.0, 1.0, math.nan), high=(1.0, 10.0, 10.0))
    drawn = figure(Curve("t", "x", "y", True, (), (), (band, dataclasses.replace(band, label="none", low=(0.0, 0.0, 0.0)))), 1)
    assert drawn.count('<g class="band') == 1 + 2  # the second one in the legend alone


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (1e-6, "1,000,000"),
        (8.28e-7, "1,200,000"),
        (0.002, "500"),
        (0.0333, "30"),
        (0.3, "3"),
        (1.0, "1"),
        (7.0, "1"),
        (1e-300, "10" + 14 * "0"),
    ],
)
def test_a_chance_is_told_as_once_in_so_many_times_and_never_promises_too_much(chance, words):
    told = once_in(chance)
    assert told.replace(",", "") == f"at most once in {words.replace(',', '')} times"
    assert int(re.sub(r"[^0-9]", "", told)) * min(chance, 1) <= 1 + 1e-9


def test_the_page_says_how_often_chance_fails_right_code_where_it_can(report):
    assert "A right solution fails by chance at most once in 1,200,000 times." in student(report)
    assert "by chance" not in student(dataclasses.replace(report, chance=0.0, curves=()))


@given(curves)
def test_any_curve_is_well_formed_and_holds_no_impossible_coordinate(curve):
    drawn = figure(curve, 1).replace("&ndash;", "-")
    ET.fromstring(drawn)
    for path in re.findall(r' (?:d|x|y|cx|cy)="([^"]*)"', drawn):
        assert re.fullmatch(r"[MLHvh0-9. -]*(\.35em)?", path)


def test_words_in_a_row():
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_a_share_is_between_nothing_and_all():
    assert [share(*pair) for pair in ((None, 5), (0, 0), (5, 8), (9, 8))] == ["0%", "0%", "62.5%", "100%"]


def test_code_in_a_sentence_is_set_as_code_after_escaping():
    assert prose("see `a<b>` and ` alone") == "see <code>a&lt;b&gt;</code> and ` alone"


def test_every_verdict_has_words_and_a_sign():
    assert set(VERDICTS) == set(Verdict)


def test_every_format_says_what_it_is_for_and_what_it_writes():
    for name, made in FORMATS.items():
        assert name.islower()
        assert made.description
        assert made.of_class or made.of_report
        assert all("/" not in file.name and "." in file.name for file in (made.of_class, made.of_report) if file)
