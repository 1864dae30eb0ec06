"""The English catalogue: message id -> sentence. What a template may hold stands in messages.py."""

from collections.abc import Mapping

_NOTEBOOK = {
    "notebook.not_json": (
        "This file is not a notebook: it can't be read as JSON ({reason}). Open your notebook in Jupyter, save it, and hand in "
        "the saved .ipynb file."
    ),
    "notebook.not_notebook": (
        "This file is JSON, but not a Jupyter notebook: it has no list of cells. Hand in the .ipynb file that you worked in."
    ),
    "notebook.too_large": (
        "This notebook is {got_bytes:bytes} long; up to {limit_bytes:bytes} can be graded. Clear its outputs in Jupyter, save it "
        "and hand it in again."
    ),
    "notebook.old_format": (
        "This notebook is in format {got}; format 4 is wanted. Open it in a current Jupyter, which converts it, save it and hand "
        "it in again."
    ),
    "notebook.invalid": (
        "This notebook breaks the rules of its format: {reason}. Open it in Jupyter and save it again; if that does not help, "
        "copy your solutions into a fresh copy of the assignment."
    ),
    "notebook.other_assignment": (
        "This is not the notebook of `{wanted}`{got:?: it looks like `%`}. See whether you handed in the file you meant to, then "
        "hand in the right one."
    ),
    "notebook.too_deep": (
        "This file nests lists and objects far deeper than a notebook does, so it was not read. Open it in Jupyter and save it again."
    ),
    "notebook.encoding": (
        "This file is not UTF-8 text, so it can't be read as a notebook. Open it in Jupyter, save it, and hand in the saved .ipynb file."
    ),
    "notebook.too_many_cells": (
        "This notebook has {got:#cell|cells}; up to {limit} can be graded. Delete the cells that are not needed and hand it in again."
    ),
    "notebook.duplicate_id": (
        "More than one cell bears the name `{grade_id}`, so we can't tell which one to grade. Copying a cell copies its name "
        "too: delete all but the one you mean, and hand the notebook in again."
    ),
}

_SOURCE = {
    "source.not_regular": "`{name}` is not a plain file (it may be a link or a device), so it was not read. Hand in the notebook itself.",
    "source.unreadable": "`{name}` could not be read: {reason}. Hand it in again.",
    "source.withheld": "`{name}` could not be opened to be graded: {reason}. It has no score until whoever grades may read it.",
    "source.bad_archive": "The archive `{name}` could not be opened: {reason}. Pack it again as a zip file, or hand in the notebook alone.",
    "source.no_notebook": "There is no notebook in `{name}`. Hand in the .ipynb file that you worked in.",
}

_REPAIR = {
    "repair.locked_restored": (
        "The cell `{cell}` is a given one and had been changed; it was graded as it was handed out. Your own cells stayed as they are."
    ),
    "repair.cell_inserted": "The cell `{cell}` was missing from your notebook; it was put back as it was handed out.",
    "repair.points_restored": "The points written in the cell `{cell}` had been changed; the assignment's own were used.",
    "repair.outputs_dropped": (
        "The outputs saved in your notebook were set aside: every cell was run afresh. There is nothing for you to do."
    ),
    "repair.duplicate_dropped": "The cell `{cell}` was there more than once; the extra copy was left out.",
    "repair.metadata_restored": (
        "The settings of the cell `{cell}` had been lost or changed; they were put back. There is nothing for you to do."
    ),
}

_CELL = {
    "cell.syntax": (
        "Python can't read this cell: there is a syntax error{line:? in line %}{text:?, near `%`}{reason:? (%)}. Nothing that this "
        "cell defines is there until it is mended."
    ),
    "cell.exception": (
        "This cell stopped with {type}{line:? in line %}{text:?: %}. What stands below that line did not run. Restart the kernel "
        "and run all cells to see it."
    ),
    "cell.missing_module": (
        "This cell imports `{module}`, which is not installed here. See whether the assignment needs it, and use what the assignment names."
    ),
    "cell.import": (
        "This cell imports something from `{module}` that is not there{line:? (line %)}. See how it is spelt, and use what the "
        "assignment names."
    ),
    "cell.hidden": (
        "This cell uses a package{module:?, `%`,} that is hidden in this assignment{line:?, in line %}: work out the derivative yourself. "
        "To import it costs nothing, but to use it ends the cell: what stands below that line did not run."
    ),
    "cell.time_limit": (
        "The cells of this notebook may take {seconds:seconds} together, and this one was still running then. Look for a loop "
        "that does not end, or move long experiments out of the notebook you hand in."
    ),
    "cell.memory_limit": (
        "This cell asked for more memory than a submission may use. Look for an array that is much larger than you meant it to be."
    ),
    "cell.output_limit": (
        "This cell printed more than {limit_bytes:bytes}, and the rest was thrown away. It costs no points; take the prints out of "
        "the loops."
    ),
    "cell.exit": (
        "This cell ends Python (through exit, quit or sys.exit), so what stands below that line did not run. Take that call out."
    ),
    "cell.died": "Python itself ended or crashed while this cell ran. Restart the kernel and run all cells to see where.",
    "cell.protocol": (
        "While this cell ran, something was written to where the answers of a notebook are sent, so nothing it said could be believed. "
        "Write only to files that you opened yourself."
    ),
    "cell.more": (
        "From this cell on, {count:#cell|cells} did not run to the end either. Mend those above first: what comes later often "
        "follows from them."
    ),
    "cell.not_run": "This cell was not run, because earlier cells ended Python several times. Mend those first; then this one is run too.",
}

_CALL = {
    "call.missing": (
        "Your notebook has no `{name}` once all its cells have run{candidates:?; it does have `%`}. See that the function bears "
        "exactly this name and that its cell runs without an error."
    ),
    "call.not_callable": (
        "`{name}` is no function once all the cells of your notebook have run: something gives that name another value. Find the line "
        "that does, and use another name there."
    ),
    "call.signature": (
        "`{name}` can't be called the way the assignment calls it{wanted:?: yours is `%`}. Put its arguments back as they were handed out."
    ),
    "call.exception": (
        "`{name}` stopped with {type}{line:? in line %}{cell:? of the cell `%`}{code:?: `%`}. Run it on a small input to see the whole "
        "message, and start from that line."
    ),
    "call.exception_shown": (
        "`{name}` stopped with {type}{line:? in line %}{cell:? of the cell `%`}{code:?: `%`}. Start there, with the input below."
    ),
    "call.time_limit": (
        "`{name}` had not returned after {seconds:seconds}. Look for a loop that does not end; a loop over entries may often be "
        "replaced by one array operation."
    ),
    "call.memory_limit": "`{name}` asked for more memory than a submission may use. Look for an array that is much larger than its inputs.",
    "call.died": "Python itself ended or crashed inside `{name}`. Call it with a small input of your own to see where.",
    "call.exit": (
        "`{name}` ends Python (through exit, quit or sys.exit). A function hands its result back with `return`; take that call out."
    ),
    "call.protocol": (
        "What `{name}` answered could not be read: it is larger than a result may be, or something wrote to where answers are sent. "
        "Return just what is asked for, and write only to files that you opened yourself."
    ),
    "call.missing_module": "`{name}` needs a module{module:?, `%`,} that is not installed here. Use what the assignment names instead.",
    "call.import": (
        "`{name}` imports something{module:? from `%`} that is not there. See how it is spelt, and use what the assignment names."
    ),
    "call.hidden": (
        "`{name}` uses a package{module:?, `%`,} that is hidden in this assignment{line:?, in line %}{cell:? of the cell `%`}{code:?: `%`}."
        " Work out the derivative yourself: numpy is all it takes."
    ),
    "call.submission_time_limit": (
        "The notebook used up the {seconds:seconds} that a submission may take, so this was not tried. Mend what runs out of "
        "time first; then this is graded too."
    ),
    "call.output_limit": (
        "`{name}` printed more than {limit_bytes:bytes}, and the rest was thrown away. It costs no points; take the prints out of it."
    ),
}

_VALUE = {
    "value.none": "`{name}` returned None. Its computation may be fine: see that it ends in a `return` with the result.",
    "value.kind": "`{name}` returned {got}; wanted is {wanted}.",
    "value.shape": (
        "The result of `{name}` has the wrong shape: yours is {got}, wanted is {wanted}. Write the shapes beside each line, and see "
        "where they part."
    ),
    "value.not_finite": (
        "`{name}` returned {what} in {count} of {total:#entry|entries}; every entry should be an ordinary number. Look for an "
        "exp of something large, a division by zero or the logarithm of zero."
    ),
    "value.wrong": (
        "`{name}` returns a result of the right kind and shape, but not yet the right values: relative error {error:number}, "
        "allowed {allowed:number}."
    ),
    "value.wrong_number": "`{name}` returns a result of the right kind, but its value is not right yet.",
    "value.far_off": "`{name}` returns a result of the right kind and shape, but its values are far off.",
    "value.wrong_entries": "`{name}`: {wrong} of {total:#entry|entries} are wrong; the others are right.",
    "value.factor": (
        "`{name}` is right but for a constant factor: yours is {factor:number} times the right result. Look for a constant that "
        "is missing or counted twice."
    ),
    "value.sign": "`{name}` is right but for its sign: every entry is the negative of what it should be.",
    "value.transposed": "`{name}` returns the transpose of the right result. See which factor of the matrix product comes first.",
    "value.layers": (
        "The gradients of `{name}`, coming from the last layer as the backward pass does: the first that is wrong is layer {layer}, "
        "by {wrong}.{right:? Right are: %.} Begin there: what is wrong further down may only follow from it."
    ),
    "value.layers_factor": "All that is wrong is wrong by the same factor: yours is {factor:number} times the right gradient.",
    "value.drawn_mean": (
        "`{name}` for fan_in = {fan_in}, fan_out = {fan_out}: the mean of what it draws is {got:number} right standard deviations away "
        "from 0.{recipe:? It is what comes of this recipe: %.}"
    ),
    "value.drawn_variance": (
        "`{name}` for fan_in = {fan_in}, fan_out = {fan_out}: the variance of what it draws is {got:number} times the right one."
        "{recipe:? It is what comes of this recipe: %.}"
    ),
    "value.drawn_kurtosis": (
        "`{name}` for fan_in = {fan_in}, fan_out = {fan_out}: what it draws is not normal. The mean of the fourth powers over the squared "
        "variance is {got:number}; a normal distribution has 3.{recipe:? It is what comes of this recipe: %.}"
    ),
    "value.drawn_dependent": (
        "`{name}` for fan_in = {fan_in}, fan_out = {fan_out}: the entries of one matrix are not independent of each other. Look for rows "
        "or columns that repeat, and see that each entry is a draw of its own."
    ),
    "value.drawn_alike": (
        "`{name}`: two matrices that should be independent of each other are alike; their correlation is {got:number}. Each draw has "
        "to go on where the last one ended, and all of them have to come from the generator that is passed in."
    ),
    "value.require": "{text:long}",
    "value.dtype": (
        "The result of `{name}` is made of {got} numbers, and that may be why: float64 keeps 16 digits, float32 keeps 7, and "
        "integers keep nothing after the point."
    ),
}

_PART = {
    "part.not_attempted": "You have not written this one yet: its cell is as it was handed out. It is there for you to try.",
    "part.follows": "This follows from an earlier mistake ({mistake}, in {exercise}); your own work here is right, and you get the points.",
    "part.follows_open": (
        "This follows from another mistake ({mistake}, in {exercise}); your own work here is right. Once that one is mended, "
        "this is right too."
    ),
    "part.mistake": "We recognise this one: {name}.",
    "grader.fault": (
        "Something broke on our side while grading this, not in your notebook. Nothing is held against you: the score stays open "
        "until it is graded again."
    ),
}

ENGLISH: Mapping[str, str] = {**_NOTEBOOK, **_SOURCE, **_REPAIR, **_CELL, **_CALL, **_VALUE, **_PART}
"""Every message there is. A sentence says what, where, got, wanted and what to do next, as a kind teacher would."""
