"""The HTML export: what a student reads about their own submission; what is right stands first, then what to mend."""

from collections.abc import Sequence

from autograder.exports.html_class import class_page
from autograder.exports.html_figure import figure
from autograder.exports.html_parts import DASH, VERDICTS, badge, block, listed, once_in, page, prose, share, text
from autograder.exports.order import points
from autograder.model import CellError, CheckResult, Counterexample, ExerciseReport, Message, PartReport, Report, Verdict
from autograder.report.messages import render

__all__ = ["class_page", "student_page"]

_FOLLOWS = ("part.follows", "part.follows_open")


def student_page(report: Report) -> bytes:
    """The page for one submission: one file without scripts, readable on a phone, in the dark and on paper."""
    sections = [_header(report), _notices(report)]
    if _was_judged(report):
        sections += [_exercise(exercise, number) for number, exercise in enumerate(report.exercises, 1)]
    sections += [_figures(report), _notebook(report), _footer(report)]
    return page(f"{report.title}: {report.student}", "<main>\n" + "\n".join(section for section in sections if section) + "\n</main>")


def _was_judged(report: Report) -> bool:
    """False for a file that was turned away and after a fault of ours: then there is nothing to tell of any exercise."""
    return any(part.checks for exercise in report.exercises for part in exercise.parts)


def _header(report: Report) -> str:
    if report.score is None:
        score = '<p class="score"><strong>&ndash;</strong> <span>not graded yet</span></p>'
    else:
        score = f'<p class="score"><strong>{points(report.score)}</strong> <span>of {points(report.max_score)} points</span></p>'
    exercises = report.exercises if _was_judged(report) else ()
    strip = "".join(
        f'<a class="{VERDICTS[exercise.verdict][0]}" href="#exercise-{number}" style="flex-grow:{max(exercise.points, 0.5):g}" '
        f'title="{text(exercise.title)}: {_points_of(exercise.earned, exercise.points)}">'
        f'<span style="width:{share(exercise.earned, exercise.points)}"></span></a>'
        for number, exercise in enumerate(exercises, 1)
    )
    return f"""<header>
<p class="over">{text(report.assignment)}</p>
<h1>{text(report.title)}</h1>
<p class="who">{text(report.student)} <span class="aside">{text(report.submission)}</span></p>
<div class="result">{score}{badge(_overall(report), overall=True)}</div>
{f'<nav class="strip" aria-label="Exercises, each as wide as its points">{strip}</nav>' if strip else ""}
{_summary(exercises)}{_chance(report.chance)}
</header>"""


def _chance(chance: float) -> str:
    if not chance:
        return ""
    return (
        '\n<p class="aside">What your code draws at random is tested by what a recipe promises, in two independent draws. '
        f"A right solution fails by chance {once_in(chance)}.</p>"
    )


def _overall(report: Report) -> Verdict:
    """What the page opens with. How each exercise went wrong is told there: all that is judged, tried and not all right opens alike."""
    tried = any(exercise.verdict is not Verdict.NOT_ATTEMPTED for exercise in report.exercises)
    told_apart = report.verdict in (Verdict.PASSED, Verdict.GRADER_FAULT) or report.score is None
    return report.verdict if told_apart or not tried or not _was_judged(report) else Verdict.FAILED


def _summary(exercises: Sequence[ExerciseReport]) -> str:
    named = [(f'<a href="#exercise-{number}">{text(exercise.title)}</a>', exercise) for number, exercise in enumerate(exercises, 1)]
    right = [name for name, exercise in named if exercise.verdict is Verdict.PASSED]
    open_ = [name for name, exercise in named if exercise.verdict is Verdict.NOT_ATTEMPTED]
    ours = [name for name, exercise in named if exercise.verdict is Verdict.GRADER_FAULT]
    mend = [name for name, exercise in named if name not in {*right, *open_, *ours}]
    if named and len(right) == len(named):
        return '<p class="summary">Everything here is right. Well done!</p>'
    lines = []
    if right:
        lines.append(f"<p><b>Right:</b> {listed(right)}.</p>")
    if mend:
        lines.append(f"<p><b>To mend:</b> {listed(mend)}.</p>")
    if open_:
        lines.append(f"<p><b>Still to try:</b> {listed(open_)}.</p>")
    if ours:
        lines.append(f"<p><b>Not graded yet:</b> {listed(ours)}.</p>")
    return f'<div class="summary">{"".join(lines)}</div>' if lines else ""


def _notices(report: Report) -> str:
    tone = VERDICTS[report.verdict][0]
    said = "".join(f"<p>{prose(render(message))}</p>" for message in report.messages)
    return f'<section class="notice {tone}" aria-label="About this submission">{said}</section>' if said else ""


def _points_of(earned: float | None, of: float) -> str:
    return f"{points(earned) or DASH} of {points(of)}"


def _exercise(exercise: ExerciseReport, number: int) -> str:
    tone = VERDICTS[exercise.verdict][0]
    parts = sorted(exercise.parts, key=lambda part: part.verdict is not Verdict.PASSED)
    said: dict[str, str] = {}
    return f"""<section class="card {tone}" id="exercise-{number}">
<div class="head"><h2>{text(exercise.title)}</h2>{badge(exercise.verdict)}
<p class="points"><strong>{points(exercise.earned) or DASH}</strong> of {points(exercise.points)}</p></div>
<ul class="parts">
{"".join(_part(part, said) for part in parts)}</ul>
</section>"""


def _part(part: PartReport, said: dict[str, str]) -> str:
    """One part with its notes, but for those in `said` (note -> part): what holds for several parts of an exercise is told once.

    Of one kind of message about one function a part tells the first alone: five checks that miss by five amounts are one thing to mend.
    """
    tone, sign, words = VERDICTS[part.verdict]
    told: set[tuple[str, object]] = set()
    name = part.name.replace("_", " ")
    found = list(dict.fromkeys(note for check in part.checks for note in _notes(check, told)))
    notes = [note for note in found if note not in said]
    if found and not notes and part.verdict not in (Verdict.PASSED, Verdict.NOT_ATTEMPTED):
        notes = [f'<p class="said">{_as_before(part, said[found[0]])}</p>']
    else:
        said.update(dict.fromkeys(notes, name))
    return f"""<li class="{tone}">
<p class="part"><span class="sign" aria-hidden="true">{sign}</span><span class="name">{text(name)}</span>
<span class="word">{words}</span><span class="points">{_points_of(part.earned, part.points)}</span></p>
{"".join(notes)}</li>
"""


def _as_before(part: PartReport, told_in: str) -> str:
    """What a part says all of whose notes stand in the part `told_in` already."""
    ended = [message for check in part.checks for message in check.messages if message.id == "call.time_limit"]
    if ended:
        return prose(f"Not run: `{ended[0].params['name']}` ran out of time before.")
    return prose(f"As above: the same cause as in the part {told_in}.")


def _notes(check: CheckResult, told: set[tuple[str, object]]) -> list[str]:
    """What one check has to say that was not `told`, from what went wrong to an input to see it with."""
    said_below = "part.mistake" if check.mistake is not None else ""
    messages = [message for message in check.messages if message.id != said_below and _topic(message) not in told]
    told.update(map(_topic, messages))
    found = [f'<p class="{_note_class(message)}">{prose(render(message))}</p>' for message in messages]
    if check.mistake is not None:
        hint = f"<p><b>Hint</b> {prose(check.hint)}</p>" if check.hint is not None else ""
        found.append(f'<div class="mistake"><p><b>We recognise this one</b> {prose(check.mistake)}</p>{hint}</div>')
    if check.follows is not None and not any(message.id in _FOLLOWS for message in messages):
        found.append(f'<p class="follows"><b>Follows from</b> {prose(check.follows)}</p>')
    if check.counterexample is not None:
        found.append(_example(check.counterexample))
    return found


def _topic(message: Message) -> tuple[str, object]:
    return message.id, message.params.get("name", message.params.get("text"))


def _note_class(message: Message) -> str:
    return "follows" if message.id in _FOLLOWS else "said"


def _example(example: Counterexample) -> str:
    return f"""<div class="example">
<p class="aside">To see it yourself, paste this into a new cell below your own <span class="screen">(one click selects it all)</span></p>
<pre class="cell" tabindex="0">{block(example.cell)}</pre>
<dl><div><dt>Your output</dt><dd><pre tabindex="0">{block(example.yours)}</pre></dd></div>
<div><dt>Right output</dt><dd><pre tabindex="0">{block(example.right)}</pre></dd></div></dl>
</div>"""


def _figures(report: Report) -> str:
    if not report.curves:
        return ""
    drawn = "\n".join(figure(curve, number) for number, curve in enumerate(report.curves, 1))
    return f'<section class="card plain"><div class="head"><h2>From your own functions</h2></div>\n{drawn}\n</section>'


def _notebook(report: Report) -> str:
    items = [_cell_error(error) for error in report.cell_errors]
    items += [f"<li><p>{prose(render(repair))}</p></li>" for repair in report.repairs]
    if not items:
        return ""
    return f"""<section class="card plain"><div class="head"><h2>Notes on your notebook</h2></div>
<ul class="notes">{"".join(items)}</ul>
</section>"""


def _cell_error(error: CellError) -> str:
    return f"<li><p>{badge(error.verdict)} <code>{text(error.cell)}</code></p><p>{prose(render(error.message))}</p></li>"


def _footer(report: Report) -> str:
    facts = [
        ("Assignment version", report.version[:12]),
        ("Submission", report.submission_hash[:12]),
        ("Device", report.device),
        ("Isolation", report.tier),
        ("Graded with", ", ".join(f"{name} {version}" for name, version in sorted(report.environment.items()))),
    ]
    return f"<footer><dl>{''.join(f'<div><dt>{name}</dt><dd>{text(value)}</dd></div>' for name, value in facts if value)}</dl></footer>"
