"""What derivative() promises: its error, its shapes, and the two places where it is known to lie."""

import doctest
import sys

import numpy as np
import pytest

from autograder.gradients import derivative

Z = np.linspace(-3, 3, 61)


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
        (np.sin, np.cos),
        (lambda z: 1 / (1 + np.exp(-z)), lambda z: 0.25 / np.cosh(z / 2) ** 2),
        (np.exp, np.exp),
    ],
)
def test_smooth_functions_are_right_to_ten_digits(f, slope):
    got, want = derivative(f, Z), slope(Z)
    clear = np.abs(want) > 0.01
    assert np.all(np.abs(got - want)[clear] <= 1e-10 * np.abs(want)[clear])
    assert np.linalg.norm(got - want) <= 1e-11 * np.linalg.norm(want)


def test_a_polynomial_of_degree_four_is_exact_at_any_step():
    got = derivative(lambda z: z**4, Z, step=0.5)
    assert got == pytest.approx(4 * Z**3, rel=1e-12, abs=1e-12)


def test_the_error_falls_with_the_fourth_power_of_the_step():
    errors = [abs(float(derivative(np.sin, 1.0, step=h)) - np.cos(1.0)) for h in (0.4, 0.2, 0.1)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(16, rel=0.05)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (2, 1, 4)])
def test_the_shape_of_z_is_kept(shape):
    got = derivative(np.sin, np.ones(shape))
    assert isinstance(got, np.ndarray)
    assert got.shape == shape


def test_integers_and_plain_numbers_are_floats():
    assert derivative(np.square, 3).item() == pytest.approx(6)
    assert derivative(np.square, np.array([1, -2])) == pytest.approx([2, -4])


def test_large_z_gets_a_step_of_its_size():
    assert derivative(np.log, 1e8).item() == pytest.approx(1e-8, rel=1e-9)


def test_f_may_write_into_its_argument_and_z_stays_as_it_was():
    def in_place(z):
        z *= 3
        return z

    z = np.array([1.0, -2.0])
    assert derivative(in_place, z) == pytest.approx([3, 3])
    assert z.tolist() == [1.0, -2.0]


def test_f_may_answer_with_a_list():
    assert derivative(lambda z: [float(entry) ** 2 for entry in z], [1.0, 2.0]) == pytest.approx([2, 4])


def test_at_a_kink_it_gives_the_mean_of_the_two_slopes():
    assert derivative(lambda z: np.maximum(z, 0), 0.0).item() == pytest.approx(0.5)


def test_where_f_is_saturated_it_gives_zero():
    assert derivative(np.tanh, 40.0).item() == 0.0


def test_nan_stays_nan():
    assert np.isnan(derivative(lambda z: z * np.nan, 1.0))


@pytest.mark.parametrize(("f", "z"), [(np.exp, 1e3), (np.log, 1e-5), (np.sqrt, 0.0)])
def test_where_f_leaves_the_floats_nothing_is_printed(f, z):
    assert derivative(f, z).shape == ()  # a warning would be an error here


def test_complex_values_are_refused():
    with pytest.raises(ValueError, match=r"f must return real numbers \(got dtype complex128\)"):
        derivative(lambda z: z * 1j, 1.0)


def test_a_function_that_is_not_elementwise_is_refused():
    with pytest.raises(ValueError, match=r"f must return the shape it was given, \(2, 3\), entry for entry \(got \(\)\)"):
        derivative(np.sum, np.ones((2, 3)))


@pytest.mark.parametrize("step", [0, -1e-3, float("nan"), float("inf")])
def test_a_step_that_is_no_positive_number_is_refused(step):
    with pytest.raises(ValueError, match="step must be a positive number"):
        derivative(np.sin, 1.0, step=step)


def test_the_example_in_the_docstring_runs():
    module = sys.modules[derivative.__module__]
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0
