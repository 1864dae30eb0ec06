"""The reference of 05-clipping against numbers, derivatives and laws that were found without it."""

import importlib.util
import json
import math
import runpy
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from autograder.gradients import check_gradient

FOLDER = Path(__file__).parents[2] / "solutions" / "05-clipping"
SPEC = importlib.util.spec_from_file_location("reference_05_clipping", FOLDER / "reference.py")
assert SPEC is not None
assert SPEC.loader is not None
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)

BROKEN = [[1.0, np.inf], [2.0, -np.inf], [3.0, np.nan]]


def arrays(*lists):
    return [np.array(one, dtype=float) for one in lists]


def gradients(seed=1, scale=1.0):
    rng = np.random.default_rng(seed)
    return [scale * rng.normal(size=shape) for shape in ((4, 3), (3,), (2, 3, 5))]


def flat(grads):
    return np.concatenate([np.ravel(grad) for grad in grads])


def test_clipping_by_value_has_its_published_values():
    got = reference.clip_by_value(arrays([3, -0.5], [[-9]]), 1)
    assert [one.tolist() for one in got] == [[1, -0.5], [[-1]]]


def test_clipping_by_value_moves_each_entry_as_little_as_possible():
    grads = gradients()
    got = flat(reference.clip_by_value(grads, 0.7))
    assert np.abs(got).max() == 0.7
    assert np.all((got == flat(grads)) | ((np.abs(got) == 0.7) & (np.sign(got) == np.sign(flat(grads)))))


def test_the_norm_of_3_and_4_is_5():
    assert reference.global_norm(arrays([3], [[4]])) == 5
    assert reference.global_norm([np.zeros((2, 3)), np.zeros(2)]) == 0


def test_the_norm_is_that_of_one_long_vector():
    assert reference.global_norm(gradients()) == pytest.approx(math.hypot(*flat(gradients())), rel=1e-14)


@pytest.mark.parametrize("size", [1e20, 1e-30])
def test_the_norm_of_float32_is_right_where_float32_can_not_square(size):
    grads = [grad.astype(np.float32) for grad in gradients(scale=size)]
    exact = math.sqrt(sum(Fraction(float(entry)) ** 2 for entry in flat(grads)))
    assert reference.global_norm(grads) == pytest.approx(exact, rel=1e-14)
    _, norm = reference.clip_by_global_norm(grads, 1.0)
    assert norm == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize("entries", BROKEN)
def test_what_is_not_finite_has_a_norm_that_says_so_and_clips_to_zeros(entries):
    grads = arrays(entries, [[1.0]])
    want = abs(entries[1])
    for norm in (reference.global_norm(grads), reference.clip_by_global_norm(grads, 1.0)[1]):
        assert norm == pytest.approx(want, nan_ok=True)
    assert not flat(reference.clip_by_global_norm(grads, 1.0)[0]).any()
    assert not reference.clip_by_norm(grads[0], 1.0).any()


def test_nan_wins_over_inf():
    assert math.isnan(reference.global_norm(arrays([np.inf], [np.nan])))
    assert math.isnan(reference.global_norm(arrays([np.nan], [np.inf])))


def test_clipping_by_norm_has_its_published_values():
    assert reference.clip_by_norm(np.array([3.0, 4.0]), 1) == pytest.approx([0.6, 0.8], rel=1e-14)
    assert reference.clip_by_norm(np.array([3.0, 4.0]), 10).tolist() == [3, 4]
    assert reference.clip_by_norm(np.zeros((2, 2)), 1).tolist() == [[0, 0], [0, 0]]


def test_clipping_by_global_norm_has_its_published_values():
    clipped, norm = reference.clip_by_global_norm(arrays([3], [[4]]), 1)
    assert norm == 5
    assert [one.shape for one in clipped] == [(1,), (1, 1)]
    assert flat(clipped) == pytest.approx([0.6, 0.8], rel=1e-14)


@pytest.mark.parametrize("max_norm", [1e-3, 0.5, 2.0])
def test_above_the_limit_the_norm_is_the_limit_and_the_direction_stays(max_norm):
    clipped, norm = reference.clip_by_global_norm(gradients(), max_norm)
    assert norm > max_norm
    assert np.linalg.norm(flat(clipped)) == pytest.approx(max_norm, rel=1e-14)
    assert reference.cosine_similarity(gradients(), clipped) == pytest.approx(1, rel=1e-14)
    again, _ = reference.clip_by_global_norm(clipped, max_norm)
    assert flat(again) == pytest.approx(flat(clipped), rel=1e-14)


@pytest.mark.parametrize("margin", [1.0, 1.5])
def test_up_to_the_limit_nothing_changes(margin):
    clipped, norm = reference.clip_by_global_norm(gradients(), margin * reference.global_norm(gradients()))
    assert np.array_equal(flat(clipped), flat(gradients()))
    assert norm == reference.global_norm(gradients())


def test_the_order_of_the_arrays_does_not_matter():
    forward, norm = reference.clip_by_global_norm(gradients(), 0.5)
    backward, again = reference.clip_by_global_norm(gradients()[::-1], 0.5)
    assert norm == pytest.approx(again, rel=1e-14)
    assert flat(forward) == pytest.approx(flat(backward[::-1]), rel=1e-14)


def test_the_cosine_is_that_of_one_long_vector():
    a, b = gradients(1), gradients(2)
    right = np.corrcoef(np.concatenate([flat(a), -flat(a)]), np.concatenate([flat(b), -flat(b)]))[0, 1]  # both have the mean 0
    assert reference.cosine_similarity(a, b) == pytest.approx(right, rel=1e-12)
    assert reference.cosine_similarity(a, [3 * one for one in a]) == pytest.approx(1, rel=1e-14)
    assert reference.cosine_similarity(a, [-one for one in a]) == pytest.approx(-1, rel=1e-14)


def test_the_example_by_hand_turns_by_19_degrees():
    g = np.array([[1.0, -2.0], [4.0, 2.0]])
    assert reference.clip_by_norm(g, 2.5).tolist() == [[0.5, -1], [2, 1]]
    assert reference.value_clip_cosine(g, 2) == pytest.approx(17 / (5 * math.sqrt(13)), rel=1e-14)
    assert math.degrees(math.acos(reference.value_clip_cosine(g, 2))) == pytest.approx(19.4, abs=0.1)


def test_a_step_goes_against_the_gradient_and_no_further_than_it_may():
    params, grads = {"W": np.array([[1.0, 2.0]]), "b": np.array([3.0])}, {"b": np.array([4.0]), "W": np.array([[3.0, 0.0]])}
    new = reference.clipped_sgd_step(params, grads, 0.5, 1)
    assert new.keys() == params.keys()
    assert new["W"] == pytest.approx(np.array([[0.7, 2.0]]), rel=1e-14)
    assert new["b"] == pytest.approx([2.6], rel=1e-14)
    far = reference.clipped_sgd_step(params, {key: 1e6 * grad for key, grad in grads.items()}, 0.5, 1)
    assert flat(far.values()) == pytest.approx(flat(new.values()), rel=1e-12)


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_a_step_with_a_gradient_that_is_not_finite_is_skipped(value):
    params = {"W": np.array([[1.0, 2.0]]), "b": np.array([3.0])}
    new = reference.clipped_sgd_step(params, {"W": np.array([[1.0, 1.0]]), "b": np.array([value])}, 0.5, 1)
    assert all(np.array_equal(new[key], params[key]) for key in params)


def test_the_recurrence_has_its_published_values():
    dw, norms = reference.recurrence_backward(np.diag([1.1, 0.9]), np.ones((1, 2)), np.ones((1, 2)), 3)
    assert norms == pytest.approx([1.5175644962, 1.4560906565, 1.4212670404, 1.4142135624], rel=1e-10)
    assert dw == pytest.approx(np.array([[3.63, 3.01], [3.01, 2.43]]), rel=1e-14)


@pytest.mark.parametrize(("batch", "width", "steps"), [(1, 1, 1), (3, 4, 1), (5, 3, 4), (3, 3, 7)])
def test_the_gradients_of_the_recurrence_agree_with_differences(batch, width, steps):
    rng = np.random.default_rng(steps)
    w, h0, v = rng.normal(size=(width, width)), rng.normal(size=(batch, width)), rng.normal(size=(batch, width))

    def loss(w, h0):
        return float(np.sum(v * (h0 @ np.linalg.matrix_power(w, steps))))

    dw, norms = reference.recurrence_backward(w, h0, v, steps)
    of_w = check_gradient(lambda w: loss(w, h0), dw, w, seed=1)
    assert of_w.ok, of_w
    by_h0 = v @ np.linalg.matrix_power(w, steps).T
    checked = check_gradient(lambda h0: loss(w, h0), by_h0, h0, seed=1)
    assert checked.ok, checked
    assert norms.shape == (steps + 1,)
    assert norms[0] == pytest.approx(np.linalg.norm(by_h0), rel=1e-12)
    assert norms[-1] == pytest.approx(np.linalg.norm(v), rel=1e-14)


@pytest.mark.parametrize("rho", [0.9, 1.0, 1.1])
def test_a_multiple_of_an_orthogonal_matrix_multiplies_the_length(rho):
    rng = np.random.default_rng(3)
    q = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    v = rng.normal(size=(5, 6))
    _, norms = reference.recurrence_backward(rho * q, rng.normal(size=(5, 6)), v, 100)
    assert norms == pytest.approx(rho ** np.arange(100, -1, -1) * np.linalg.norm(v), rel=1e-12)


def test_the_theory_has_its_anchors():
    assert reference.value_clip_cosine(np.array([1.0, 100.0]), 1) == pytest.approx(0.7141, abs=5e-5)
    assert reference.steps_to_exceed(1.1, 1e4) == 97
    assert reference.steps_to_exceed(2, 100) == 7


@pytest.mark.parametrize("rho", [1.01, 1.5, 1.9])
@pytest.mark.parametrize("limit", [1.3, 47.0, 1e20])
def test_one_step_less_does_not_exceed(rho, limit):
    steps = reference.steps_to_exceed(rho, limit)
    assert rho ** (steps - 1) <= limit < rho**steps


def test_the_curves_are_those_that_their_command_makes(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["make.py", str(tmp_path / "made.json")])
    runpy.run_path(str(FOLDER / "curves" / "make.py"), run_name="__main__")
    assert (tmp_path / "made.json").read_bytes() == (FOLDER / "curves" / "recurrence.json").read_bytes()


def test_the_curves_hold_what_the_reference_computes():
    curves = json.loads((FOLDER / "curves" / "recurrence.json").read_text())
    start = np.array([[1.0, 0.0]])
    for curve in curves["norms"]["curves"]:
        _, norms = reference.recurrence_backward(curve["rho"] * reference.TURN, start, start, curves["norms"]["steps"])
        assert norms == pytest.approx(curve["norms"], rel=1e-5)


def test_near_the_cliff_the_clipped_walk_arrives_and_the_other_one_is_lost():
    clipped, free = (np.array(curve["w"]) for curve in json.loads((FOLDER / "curves" / "recurrence.json").read_text())["paths"]["curves"])
    assert np.abs(np.diff(clipped)).max() <= 2.5 * reference.RATE + 1e-5
    assert clipped[-1] == pytest.approx(1, abs=1e-3)
    assert free[1] < 0.5
    assert free[-1] == pytest.approx(free[1], abs=1e-3)
