"""One set of points laid upon another one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.skeleton.alignment import similarity_fit


@given(st.integers(0, 2**32 - 1), st.floats(0.2, 5))
def test_turn_size_and_place_are_found_and_a_mirror_is_none(seed: int, size: float) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(4, 5, 3))
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    turn[:, 0] *= np.sign(np.linalg.det(turn))
    moved = size * points @ turn + random.normal(size=3)
    np.testing.assert_allclose(similarity_fit(points, moved), moved, atol=1e-9)
    mirrored = moved * [-1, 1, 1]
    assert np.abs(similarity_fit(points, mirrored) - mirrored).max() > 0.05 * size


def test_points_in_one_place_go_to_the_middle() -> None:
    onto = np.arange(12.0).reshape(4, 3)
    np.testing.assert_allclose(similarity_fit(np.ones((4, 3)), onto), np.tile(onto.mean(axis=0), (4, 1)))
