"""`autograder export`: reports that were written by `grade`, in another format."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.options import Json
from autograder.errors import UsageError


def export(
    format: Annotated[str, typer.Argument(help="csv, html, json or junit.", metavar="FORMAT")],  # noqa: A002 - the name on the command line
    folder: Annotated[Path, typer.Argument(help="A results folder that `grade` wrote.", metavar="DIR")],
    into: Annotated[Path | None, typer.Option(help="File to write; - is standard output. Default: the format's own name in DIR.")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Write graded reports in another format."""
    from autograder.engines.results import Results  # noqa: PLC0415
    from autograder.exports import FORMATS  # noqa: PLC0415

    if format not in FORMATS:
        raise UsageError(f"FORMAT: got {format!r}, wanted one of {', '.join(FORMATS)}")
    if not folder.is_dir():
        raise UsageError(f"DIR: {folder} is not a folder; wanted one that `autograder grade` wrote")
    results = Results(folder)
    reports = list(results)
    if not reports:
        raise UsageError(f"DIR: {folder} holds no reports; run `autograder grade … --out {folder}` first")
    chosen = FORMATS[format]
    if chosen.of_class is not None:
        _write(into or folder / chosen.of_class.name, chosen.of_class.write(reports), json=json)
        return
    assert chosen.of_report is not None
    if into is not None and len(reports) > 1:
        raise UsageError(f"--into: {format} makes a file for each of {len(reports)} reports; leave it out to write them in {folder}")
    for report in reports:
        _write(into or results.place_of(report) / chosen.of_report.name, chosen.of_report.write(report), json=json)


def _write(path: Path, content: bytes, *, json: bool) -> None:
    from autograder.cli import terminal  # noqa: PLC0415

    if str(path) == "-":
        typer.get_binary_stream("stdout").write(content)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"--into {path}: {error.strerror}; choose a file that you may write") from error
    if json:
        terminal.print_json(path=str(path), bytes=len(content))
    else:
        typer.echo(str(path))
