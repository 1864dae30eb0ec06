"""The typer application, put together from the verbs."""

from typing import Annotated

import typer

from autograder.cli import demo, doctor, export, grade, release, verify

app = typer.Typer(
    name="autograder",
    help="Grade notebooks on gradients: they run in a box, are judged by values, and are told which mistake was made.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (grade.grade, export.export, demo.demo, release.release, verify.verify, doctor.doctor):
    app.command()(command)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        from autograder.course.version import package_version  # noqa: PLC0415

        typer.echo(package_version())
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)] = False,  # noqa: FBT002
) -> None:
    """Options before the verb."""
