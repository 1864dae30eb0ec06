"""The HTML page of a class: who stands where in each exercise, and which mistakes are common. For the teacher."""

from collections.abc import Callable, Sequence
from html import escape
from urllib.parse import quote

from autograder.exports.html_parts import DASH, VERDICTS, badge, page, prose, share, text
from autograder.exports.order import by_assignment, exercise_ids, flags, points
from autograder.model import ExerciseReport, Report, Verdict
from autograder.report.plain import visible


def default_link(report: Report) -> str:
    """Where a student's page lies beside the class's: student/assignment/report.html, percent-encoded."""
    return "/".join([_step(report.student), _step(report.assignment), "report.html"])


def class_page(reports: Sequence[Report], *, title: str = "Class report", link: Callable[[Report], str] = default_link) -> bytes:
    """The page for a class: a table for each assignment, a row a submission, each linked to `link(report)`."""
    sections = [_assignment(of_it, number, link) for number, of_it in enumerate(by_assignment(reports).values(), 1)]
    body = "\n".join(sections) if sections else '<p class="summary">There are no reports yet.</p>'
    return page(title, f'<main class="wide">\n<header><h1>{text(title)}</h1></header>\n{body}\n</main>')


def _step(name: str) -> str:
    # A dot step would point elsewhere than below this page; percent-encoding leaves dots as they are.
    encoded = quote(name.encode("utf-8", "replace"), safe="")
    return encoded if encoded.strip(".") else "_"


def _assignment(reports: Sequence[Report], number: int, link: Callable[[Report], str]) -> str:
    ids = exercise_ids(reports)
    heads = {exercise.id: exercise for report in reversed(reports) for exercise in report.exercises}
    columns = "".join(_head(heads[name]) for name in ids)
    rows = "\n".join(_row(report, ids, link) for report in reports)
    mean = _mean([report.score for report in reports])
    means = "".join(f'<td class="exercise">{_mean(_earned(reports, name))}</td>' for name in ids)
    return f"""<section class="card plain" aria-labelledby="assignment-{number}">
<div class="head"><h2 id="assignment-{number}">{text(reports[0].title)}</h2><p class="aside">{text(reports[0].assignment)}</p></div>
{_overview(reports)}
<div class="scroll" tabindex="0" role="region" aria-labelledby="assignment-{number}"><table class="class">
<thead><tr><th scope="col">Student</th><th scope="col" class="number">Score</th><th scope="col">Verdict</th>{columns}</tr></thead>
<tbody>
{rows}
</tbody>
<tfoot><tr><th scope="row">Mean</th><td class="number">{mean}</td><td></td>{means}</tr></tfoot>
</table></div>
{_common(reports, heads)}
</section>"""


def _head(exercise: ExerciseReport) -> str:
    return f'<th scope="col" class="exercise">{text(exercise.title)} <small>{points(exercise.points)}</small></th>'


def _overview(reports: Sequence[Report]) -> str:
    scores = sorted(report.score for report in reports if report.score is not None)
    facts = [("Submissions", str(len(reports)))]
    if scores:
        middle = (scores[(len(scores) - 1) // 2] + scores[len(scores) // 2]) / 2
        facts += [("Median", f"{points(middle)} <small>of {points(reports[0].max_score)}</small>")]
    facts.append(("All right", str(sum(report.verdict is Verdict.PASSED for report in reports))))
    if len(scores) < len(reports):
        facts.append(("Not graded yet", str(len(reports) - len(scores))))
    return f'<dl class="facts">{"".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)}</dl>'


def _row(report: Report, ids: Sequence[str], link: Callable[[Report], str]) -> str:
    found = {exercise.id: exercise for exercise in report.exercises}
    shown_flags = "".join(f'<span class="flag">{text(flag)}</span>' for flag in flags(report) if flag != report.verdict.value)
    score = f"<strong>{points(report.score)}</strong>" if report.score is not None else '<span class="aside">open</span>'
    return (
        f'<tr><th scope="row"><a href="{escape(visible(link(report)))}">{text(report.student)}</a></th><td class="number">{score}</td>'
        f"<td>{badge(report.verdict, overall=True)}{shown_flags}</td>{''.join(_cell(found.get(name)) for name in ids)}</tr>"
    )


def _cell(exercise: ExerciseReport | None) -> str:
    if exercise is None:
        return f'<td class="exercise"><span class="aside">{DASH}</span></td>'
    tone, sign, words = VERDICTS[exercise.verdict]
    bar = f'<span class="bar"><span style="width:{share(exercise.earned, exercise.points)}"></span></span>'
    return (
        f'<td class="exercise {tone}" title="{text(exercise.title)}: {words}">'
        f'<span class="mark" aria-hidden="true">{sign}</span> {points(exercise.earned) or DASH}{bar}</td>'
    )


def _earned(reports: Sequence[Report], name: str) -> list[float | None]:
    return [exercise.earned for report in reports for exercise in report.exercises if exercise.id == name]


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return points(round(sum(known) / len(known), 1)) if known else DASH


def _mistakes(report: Report) -> list[tuple[str, str]]:
    """(exercise id, mistake) of each mistake that was named in the report, once."""
    return list(
        dict.fromkeys(
            (exercise.id, check.mistake)
            for exercise in report.exercises
            for part in exercise.parts
            for check in part.checks
            if check.mistake is not None
        )
    )


def _common(reports: Sequence[Report], heads: dict[str, ExerciseReport]) -> str:
    students: dict[tuple[str, str], list[str]] = {}
    for report in reports:
        for key in _mistakes(report):
            students.setdefault(key, []).append(report.student)
    if not students:
        return ""
    order = sorted(students, key=lambda key: (-len(students[key]), key))
    items = "".join(
        f'<li><span class="times">{len(students[key])}</span><div><p>{prose(key[1])}</p>'
        f'<p class="aside">{text(heads[key[0]].title)}: {text(", ".join(students[key]))}</p></div></li>'
        for key in order
    )
    return f'<h3>Mistakes named, most frequent first</h3>\n<ol class="common">{items}</ol>'
