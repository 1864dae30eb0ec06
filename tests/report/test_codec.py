import copy
import dataclasses
import json
import math
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.errors import ChecksError, ExportError
from autograder.model import (
    Band,
    CellError,
    CheckResult,
    Counterexample,
    Curve,
    ExerciseReport,
    Message,
    PartReport,
    Report,
    Series,
    Verdict,
)
from autograder.report import codec
from autograder.report.english import ENGLISH
from autograder.report.messages import parameters

SCHEMA = json.loads((files("autograder.report") / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

text = st.text(max_size=8)
points = st.floats(0, 1e6) | st.integers(0, 100).map(float)
samples = st.floats()
verdicts = st.sampled_from(Verdict)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text


@st.composite
def messages(draw):
    message_id = draw(st.sampled_from(sorted(ENGLISH)))
    return Message(message_id, {name: draw(scalars) for name in sorted(parameters(ENGLISH[message_id]))})


def tuples(of):
    return st.lists(of, max_size=2).map(tuple)


examples = st.builds(Counterexample, text, text, text)
checks = st.builds(
    CheckResult, text, text, text, verdicts, tuples(messages()), st.none() | text, st.none() | text, st.none() | text, st.none() | examples
)
parts = st.builds(PartReport, text, points, st.none() | points, verdicts, tuples(checks))
exercises = st.builds(ExerciseReport, text, text, points, st.none() | points, verdicts, tuples(parts))
series = st.builds(Series, text, tuples(samples), tuples(st.none() | samples))
bands = st.builds(Band, text, tuples(samples), tuples(samples), tuples(samples), points, text)
curves = st.builds(Curve, text, text, text, st.booleans(), tuples(series), tuples(series), tuples(bands))
reports = st.builds(
    Report,
    *[text] * 7,
    st.dictionaries(text, text, max_size=2),
    text,
    st.none() | points,
    points,
    verdicts,
    tuples(exercises),
    tuples(messages()),
    tuples(st.builds(CellError, text, verdicts, messages())),
    tuples(messages()),
    tuples(curves),
    points,
    st.dictionaries(text, samples, max_size=2),
)
slow_to_build = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

SMALL = Report(
    assignment="01",
    title="T",
    version="v",
    student="s",
    submission="s.ipynb",
    submission_hash="h",
    device="cpu",
    environment={"numpy": "2", "Python": "3"},
    tier="A",
    score=3.0,
    max_score=5.0,
    verdict=Verdict.FAILED,
    exercises=(
        ExerciseReport(
            "a", "A", 5.0, 3.0, Verdict.FAILED, (PartReport("p", 5.0, 3.0, Verdict.FAILED, (CheckResult("c", "a", "p", Verdict.FAILED),)),)
        ),
    ),
    messages=(Message("value.factor", {"name": "f", "factor": 2.0}),),
    curves=(Curve("c", "x", "y", False, (Series("s", (1.0, 2.0), (math.nan, None)),), ()),),
    timing={"b": math.inf, "a": 1.5},
)


def same(left, right):
    """Equality in which NaN equals NaN: what the bytes say."""
    return codec.dumps(left) == codec.dumps(right)


@slow_to_build
@given(reports)
def test_a_report_comes_back_as_it_was(report):
    back = codec.loads(codec.dumps(report))
    assert same(back, report)
    whole = dataclasses.replace(report, curves=(), timing={})
    assert codec.loads(codec.dumps(whole)) == whole


@slow_to_build
@given(reports)
def test_every_report_keeps_to_the_published_schema(report):
    VALIDATOR.validate(json.loads(codec.dumps(report)))


def test_the_schema_is_itself_sound_and_describes_every_field():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    kinds = {"band": Band}
    kinds |= {"cell_error": CellError, "check": CheckResult, "counterexample": Counterexample, "curve": Curve, "exercise": ExerciseReport}
    kinds |= {"message": Message, "part": PartReport, "series": Series}
    for described, kind in [(SCHEMA, Report), *((SCHEMA["$defs"][name], kind) for name, kind in kinds.items())]:
        extra = {Report: {"schema"}, Message: {"text"}}.get(kind, set())
        assert set(described["properties"]) == {field.name for field in dataclasses.fields(kind)} | extra
        assert described["required"] == list(described["properties"])
        assert described["additionalProperties"] is False
        assert all(property_["description"].endswith(".") for property_ in described["properties"].values())
    assert SCHEMA["$defs"]["verdict"]["enum"] == [verdict.value for verdict in Verdict]
    assert SCHEMA["properties"]["schema"]["const"] == codec.SCHEMA


@pytest.mark.parametrize(
    "break_it",
    [
        lambda document: document.update(extra=1),
        lambda document: document.pop("verdict"),
        lambda document: document.update(score="nan"),
        lambda document: document.update(score=-1),
        lambda document: document["exercises"][0].update(verdict="great"),
        lambda document: document["exercises"][0]["parts"][0].update(earned=True),
        lambda document: document["curves"][0]["yours"][0]["y"].append("infinite"),
        lambda document: document["messages"][0].pop("text"),
        lambda document: document["messages"][0]["params"].update(name=["f"]),
        lambda document: document.update(schema=2),
    ],
)
def test_schema_and_reader_refuse_the_same_wrong_reports(break_it):
    document = copy.deepcopy(codec.to_json(SMALL))
    break_it(document)
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(ExportError, match=r"^report: "):
        codec.loads(json.dumps(document).encode())


def edited(path, value):
    document = copy.deepcopy(codec.to_json(SMALL))
    *steps, last = path
    inner = document
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("exercises", 0, "parts", 0, "earned"), "nan", "exercises[0].parts[0].earned: must be a finite number, 0 or more (got 'nan')"),
        (("exercises", 0, "parts", 0, "points"), None, "exercises[0].parts[0].points: must be a finite number, 0 or more (got None)"),
        (("max_score",), True, "max_score: must be a finite number, 0 or more (got True)"),
        (("max_score",), 10**400, "max_score: must be a finite number, 0 or more (got 1000"),
        (("exercises", 0, "verdict"), "great", "exercises[0].verdict: must be one of passed, failed, error"),
        (("exercises",), {}, "exercises: must be a list (got dict)"),
        (("exercises", 0), [], "exercises[0]: must be an object (got list)"),
        (("environment",), [], "environment: must be an object (got list)"),
        (("environment", "numpy"), 2, "environment['numpy']: must be text (got 2)"),
        (("timing", "a"), "fast", 'timing[\'a\']: must be a number, "nan", "inf" or "-inf" (got \'fast\')'),
        (("curves", 0, "log_y"), 1, "curves[0].log_y: must be true or false (got 1)"),
        (("messages", 0, "text"), None, "messages[0].text: must be text (got None)"),
        (
            ("messages", 0, "params", "name"),
            [],
            "messages[0].params['name']: must be text, a finite number, true, false or null (got list)",
        ),
        (("exercises", 0, "parts", 0, "checks", 0, "counterexample"), 1, "checks[0].counterexample: must be an object (got 1)"),
        (("more\n\x1b[31m",), 1, "'more\\n\\x1b[31m': is unknown"),
        (("exercises", 0, "more"), 1, "exercises[0].'more': is unknown"),
        (("schema",), True, "schema: must be 1 (got True); grade the submission again with this version"),
        (("schema",), 2, "schema: must be 1 (got 2)"),
    ],
)
def test_a_refusal_names_the_path_and_what_was_wanted(path, value, said):
    with pytest.raises(ExportError) as caught:
        codec.loads(edited(path, value))
    assert said in str(caught.value)


def test_a_missing_key_is_named():
    document = codec.to_json(SMALL)
    del document["exercises"][0]["title"]
    with pytest.raises(ExportError, match=r"^report: exercises\[0\]\.title: is missing$"):
        codec.loads(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "report: not JSON: "),
        (b"\xff\xfe", "report: not JSON: it is not UTF-8"),
        (b"[]", "report: the whole: must be an object (got list)"),
        (b'{"schema": NaN}', "report: not JSON: NaN is not JSON"),
        (b'{"schema": 1, "schema": 1}', "report: not JSON: an object holds the name 'schema' twice"),
        (b"[" * 100_000, "report: not JSON: lists and objects stand more than 16 deep"),
    ],
)
def test_what_is_not_a_report_at_all_is_refused(content, said):
    with pytest.raises(ExportError) as caught:
        codec.loads(content)
    assert said in str(caught.value)


def test_a_number_too_large_for_a_float_is_not_infinity():
    content = codec.dumps(SMALL).replace(b'"a": 1.5', b'"a": 1e999')
    with pytest.raises(ExportError, match=r"not JSON: 1e999 is too large for a float"):
        codec.loads(content)


@pytest.mark.parametrize("score", [math.nan, math.inf, -1.0, "5", True])
def test_points_that_are_no_points_are_never_written(score):
    with pytest.raises(ExportError, match=r"^report: score: must be a finite number, 0 or more"):
        codec.dumps(dataclasses.replace(SMALL, score=score))


def test_a_message_without_a_sentence_is_never_written():
    with pytest.raises(ChecksError, match=r"'no\.such' is not in the catalogue"):
        codec.dumps(dataclasses.replace(SMALL, messages=(Message("no.such"),)))


def test_a_message_carries_its_english_text():
    document = codec.to_json(SMALL)
    assert document["messages"][0]["id"] == "value.factor"
    assert document["messages"][0]["params"] == {"factor": 2.0, "name": "f"}
    assert document["messages"][0]["text"].startswith("`f` is right but for a constant factor: yours is 2 times")


def test_numbers_that_json_has_no_word_for_are_text():
    document = json.loads(codec.dumps(SMALL))
    assert document["curves"][0]["yours"][0]["y"] == ["nan", None]
    assert document["timing"] == {"a": 1.5, "b": "inf"}
    assert math.isnan(codec.loads(codec.dumps(SMALL)).curves[0].yours[0].y[0])


def test_equal_reports_have_equal_bytes_whatever_they_were_made_of():
    other = dataclasses.replace(
        SMALL, score=3, max_score=5, environment=dict(reversed(SMALL.environment.items())), timing={"a": 1.5, "b": math.inf}
    )
    assert codec.dumps(other) == codec.dumps(SMALL)
    assert codec.dumps(SMALL).endswith(b"}\n")
    assert codec.dumps(SMALL).startswith(b'{\n"schema": 1,\n')


def test_half_a_surrogate_pair_becomes_a_replacement_character():
    report = dataclasses.replace(SMALL, student="a\ud800b")
    assert codec.loads(codec.dumps(report)).student == "a\ufffdb"


def test_nothing_that_a_browser_or_a_terminal_would_obey_stands_in_the_file():
    told = "<script> \x7f\x9b31m \u202e\u200b\ufeff\u2028 \U000e0041 \ufffe é 李"
    content = codec.dumps(dataclasses.replace(SMALL, student=told))
    assert not set("<\x7f\x9b\u202e\u200b\ufeff\u2028\U000e0041\ufffe") & set(content.decode())
    assert "é 李".encode() in content
    assert codec.loads(content).student == told
