"""Norms where squares overflow or vanish."""

import numpy as np
import pytest

from autograder.gradients.norms import norm, rms


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1.0, 1e200])
def test_any_scale(scale):
    values = np.array([[3.0, -4.0], [0.0, 0.0]]) * scale
    assert norm(values) == pytest.approx(5 * scale, rel=1e-3 if scale < 1e-300 else 1e-14)
    assert rms(values) == pytest.approx(2.5 * scale, rel=1e-3 if scale < 1e-300 else 1e-14)


def test_nothing_zeros_and_what_is_not_finite():
    for size in (norm, rms):
        assert size(np.zeros((0, 3))) == size(np.zeros(3)) == 0
        assert np.isnan(size(np.array([np.nan, np.inf])))
        assert size(np.array([1.0, -np.inf])) == np.inf
