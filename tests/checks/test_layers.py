"""What is told of a network's gradients: the first wrong layer from the top, what is right, and in which simple way it is wrong."""

import numpy as np
import pytest

from autograder.checks.layers import downwards, told
from autograder.checks.outcome import CheckEndedError
from autograder.model import Message
from autograder.report.messages import render

RNG = np.random.default_rng(1)
RIGHT = {
    f"{letter}{layer}": RNG.normal(size=(3, 3) if letter == "W" else 3) * (1 if layer > 1 else 1e-13)
    for layer in (1, 2, 3)
    for letter in "Wb"
}


def compared(probe, **changes):
    """None when it passes, else what is said by message id."""
    got = {name: np.asarray(changes.get(name, array), float) for name, array in RIGHT.items()}
    try:
        probe().compare_layers(got, RIGHT)
    except CheckEndedError as ended:
        return {message.id: message.params for message in ended.messages}
    return None


def test_right_gradients_pass(probe):
    assert compared(probe) is None
    assert compared(probe, W2=RIGHT["W2"] * (1 + 1e-10)) is None


def test_a_tiny_gradient_is_compared_by_its_own_size(probe):
    assert compared(probe, W1=RIGHT["W1"] * 1.001) is not None
    assert compared(probe, b1=np.zeros(3)) is not None


def test_the_first_wrong_layer_from_the_top_is_told_and_what_is_right(probe):
    said = compared(probe, W1=RIGHT["W1"] + 1, W2=RIGHT["W2"] ** 2, b2=RIGHT["b2"] ** 2)
    assert said["value.layers"] == {"name": "the result", "layer": 2, "wrong": "W2 and b2", "right": "layer 3, b1"}


def test_the_sentence_says_where_to_begin():
    sentence = render(Message("value.layers", {"name": "f", "layer": 2, "wrong": "W2", "right": "layer 3, b2"}))
    assert sentence == (
        "The gradients of `f`, coming from the last layer as the backward pass does: the first that is wrong is layer 2, by W2. "
        "Right are: layer 3, b2. "
        "Begin there: what is wrong further down may only follow from it."
    )
    nothing = render(Message("value.layers", {"name": "f", "layer": 3, "wrong": "W3", "right": ""}))
    assert "Right are" not in nothing


def test_one_factor_of_all_that_is_wrong_is_told_once(probe):
    said = compared(probe, **{name: 5 * array for name, array in RIGHT.items()})
    assert said["value.layers_factor"] == {"factor": 5.0}
    assert said["value.layers"]["right"] == ""


def test_different_factors_are_told_of_the_first_wrong_array(probe):
    said = compared(probe, W3=-RIGHT["W3"], W2=2 * RIGHT["W2"])
    assert said["value.sign"] == {"name": 'grads["W3"]'}
    assert said["value.layers"]["right"] == "layer 1, b3, b2"


@pytest.mark.parametrize(("bad", "said"), [(np.full((3, 3), np.nan), "value.not_finite"), (np.zeros((3, 2)), "value.shape")])
def test_what_can_not_be_compared_is_wrong(probe, bad, said):
    assert compared(probe, W2=bad)[said]["name"] == 'grads["W2"]'


def test_layer_10_comes_above_layer_9():
    names = [f"{letter}{layer}" for layer in range(1, 12) for letter in "Wb"]
    assert downwards(names)[:6] == ["W11", "b11", "W10", "b10", "W9", "b9"]


def test_runs_of_layers_are_told_together():
    names = [f"{letter}{layer}" for layer in (20, 19, 18, 12, 3, 2) for letter in "Wb"]
    assert told([*names, "b1"]) == "layers 2 to 3, layer 12, layers 18 to 20, b1"
    assert told([]) == ""
