"""The performer's picture: projection, exact ray casting, and where the person appears."""

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.skeleton.layouts import KINECT_25
from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.raycast import visible_surface
from core.sources.performer.render import Renderer
from core.sources.performer.solid import Solid, SolidBatch
from core.sources.performer.stance import NEUTRAL_STANCE, PLACES, stance_joints

SMALL = Camera(size_px=(64, 48), focal_px=52.5)
FLAT = np.diag([1.0, 2.0, 1.4])


def standing(camera: Camera, body: Body | None = None, **channels: tuple[float, ...]) -> NDArray[np.float32]:
    stance = NEUTRAL_STANCE.copy()
    for channel, value in channels.items():
        stance[PLACES[channel]] = value
    return camera.to_camera(stance_joints(stance, body or Body()))


def swept_depths(solid: Solid, camera: Camera, balls: int = 600) -> NDArray[np.float64]:
    """Depth picture of a solid by brute force: the nearest of very many balls along its axis; infinite beside it."""
    columns, rows = camera.rays()
    x, y = np.meshgrid(columns.astype(float), rows.astype(float))
    squeeze = np.eye(3) if solid.squeeze is None else solid.squeeze
    rays = np.stack((x, y, np.ones_like(x)), axis=-1) @ squeeze.T
    nearest = np.full(x.shape, np.inf)
    for share in np.linspace(0, 1, balls):
        centre = squeeze @ (solid.start + share * (solid.end - solid.start))
        radius = solid.start_radius + share * (solid.end_radius - solid.start_radius)
        square, middle = (rays**2).sum(-1), rays @ centre
        discriminant = middle**2 - square * (centre @ centre - radius**2)
        depth = (middle - np.sqrt(np.maximum(discriminant, 0))) / square
        nearest = np.where(discriminant > 0, np.minimum(nearest, depth), nearest)
    return nearest


def cast_depths(solids: list[Solid], camera: Camera) -> NDArray[np.float64]:
    columns, rows = camera.rays()
    surface = visible_surface(SolidBatch(solids), columns, rows, focal_px=camera.focal_px)
    depths = np.full(len(rows) * len(columns), np.inf)
    depths[surface.pixels] = surface.depths_m
    return depths.reshape(len(rows), len(columns))


def solid(start: tuple[float, ...], end: tuple[float, ...], radii: tuple[float, float], flat: bool = False) -> Solid:
    return Solid(
        start=np.array(start),
        end=np.array(end),
        start_radius=radii[0],
        end_radius=radii[1],
        colour_bgr=(10, 20, 30),
        squeeze=FLAT if flat else None,
    )


@pytest.mark.parametrize(
    "shape",
    [
        solid((0.3, 0.2, 3), (-0.5, 0.4, 3.2), (0.2, 0.2)),  # an even capsule
        solid((0.3, 0.2, 3), (-0.5, -0.4, 2.6), (0.3, 0.1)),  # a tapered one
        solid((0.1, 0.05, 3), (0.12, 0.02, 2.2), (0.3, 0.12)),  # one that points at the camera
        solid((0.1, 0.1, 3), (0.1, 0.1, 3), (0.3, 0.3)),  # a ball
        solid((0.1, 0.1, 3), (0.15, 0.1, 3), (0.3, 0.1)),  # a ball that holds the other
        solid((0.1, 0.1, 3), (0.15, 0.1, 3), (0.1, 0.3)),
        solid((0.3, 0.2, 3), (-0.5, -0.4, 2.6), (0.3, 0.1), flat=True),
        solid((0.2, 0.1, 3), (0.2, 0.1, 3), (0.4, 0.4), flat=True),  # an ellipsoid
        solid((1.6, 0.2, 3), (2.5, 0.4, 3.2), (0.3, 0.2)),  # half outside of the picture
    ],
)
def test_cast_solid_is_the_swept_ball(shape: Solid) -> None:
    expected, found = swept_depths(shape, SMALL), cast_depths([shape], SMALL)
    both = np.isfinite(expected) & np.isfinite(found)
    assert both.sum() > 20
    assert (np.isfinite(expected) != np.isfinite(found)).sum() <= 2  # a ray that just grazes
    np.testing.assert_allclose(found[both], expected[both], atol=4e-3)


coordinate = st.floats(-0.8, 0.8)
centre = st.tuples(coordinate, coordinate, st.floats(2.2, 4))
radius = st.floats(0.05, 0.4)


@given(start=centre, end=centre, radii=st.tuples(radius, radius), flat=st.booleans())
@example(start=(0, 0, 3), end=(0, 0, 3), radii=(0.0625, 0.0625), flat=True)  # covers no pixel
@example(start=(0, 0, 3), end=(0.3, 0, 3), radii=(0.3, 0.2), flat=False)
@example(start=(0, 0, 3.8125), end=(0, 0, 3.0625), radii=(0.0859375, 0.0625), flat=True)  # points at the lens
def test_cast_solid_covers_what_the_swept_ball_covers(
    start: tuple[float, float, float], end: tuple[float, float, float], radii: tuple[float, float], flat: bool
) -> None:
    shape = solid(start, end, radii, flat)
    steps = 150
    expected, found = swept_depths(shape, SMALL, steps), cast_depths([shape], SMALL)
    outline = np.isfinite(expected) != np.isfinite(found)
    assert outline.sum() <= 6
    both = np.isfinite(expected) & np.isfinite(found)
    if np.isfinite(expected).sum() > outline.sum():  # a small one may pass between the pixels' middles
        between_balls = float(np.linalg.norm(np.subtract(end, start))) / steps  # what the sampled sweep cannot tell
        assert np.median(np.abs(found[both] - expected[both])) < 2e-3 + between_balls


def test_the_nearer_solid_hides_the_other() -> None:
    near, far = solid((0.1, 0, 2), (-0.1, 0, 2), (0.2, 0.2)), solid((0.4, 0, 3), (-0.4, 0, 3), (0.3, 0.3))
    expected = np.minimum(swept_depths(near, SMALL), swept_depths(far, SMALL))
    for order in ([near, far], [far, near]):
        found = cast_depths(order, SMALL)
        seen = np.isfinite(found) & np.isfinite(expected)
        assert np.quantile(np.abs(found[seen] - expected[seen]), 0.98) < 4e-3


def test_a_solid_at_the_lens_is_left_out() -> None:
    assert not np.isfinite(cast_depths([solid((0, 0, 0.1), (0, 0, 3), (0.2, 0.2))], SMALL)).any()
    assert not np.isfinite(cast_depths([solid((0, 0, -3), (0, 1, -3), (0.2, 0.2))], SMALL)).any()


def test_normals_of_a_ball_leave_its_middle() -> None:
    ball = solid((0.2, -0.1, 3), (0.2, -0.1, 3), (0.4, 0.4))
    columns, rows = SMALL.rays()
    surface = visible_surface(SolidBatch([ball]), columns, rows, focal_px=SMALL.focal_px)
    row, column = np.divmod(surface.pixels, len(columns))
    touched = np.stack((columns[column], rows[row], np.ones_like(rows[row]))) * surface.depths_m
    np.testing.assert_allclose(surface.normals, (touched - ball.start[:, None]) / 0.4, atol=2e-3)


def test_projection_is_unmirrored_and_upright() -> None:
    camera = Camera(pitch_rad=0, height_m=1.0, distance_m=3.0)
    room = np.array([[0, 1, 0], [-0.6, 1, 0], [0, 1.6, 0], [-0.6, 1, 3]], dtype=np.float32)
    expected = np.array([[320, 240], [425, 240], [320, 135], [372.5, 240]])
    np.testing.assert_allclose(camera.project(camera.to_camera(room)), expected, atol=1e-3)


def test_camera_axes_keep_distances_whatever_the_view() -> None:
    camera = Camera(yaw_rad=0.7, pitch_rad=0.3, height_m=2.0, distance_m=4.0)
    room = stance_joints(NEUTRAL_STANCE, Body())
    seen = camera.to_camera(room)
    np.testing.assert_allclose(
        np.linalg.norm(seen[:, None] - seen[None], axis=-1),
        np.linalg.norm(room[:, None] - room[None], axis=-1),
        atol=1e-5,
    )
    assert (
        np.linalg.det(camera.to_camera(np.eye(3, dtype=np.float32)) - camera.to_camera(np.zeros((3, 3), np.float32)))
        > 0
    )


def test_another_size_shows_the_same_view() -> None:
    joints = standing(Camera())
    small = Camera().resized((320, 240))
    np.testing.assert_allclose(small.project(joints) * 2, Camera().project(joints), atol=1e-3)
    wide = Camera().resized((1280, 480)).project(joints)
    np.testing.assert_allclose(wide - [320, 0], Camera().project(joints), atol=1e-3)


def test_left_arm_appears_at_the_right_of_the_picture() -> None:
    camera = Camera()
    renderer = Renderer(camera)
    plain = renderer.draw([]).astype(int)
    raised = renderer.draw([(standing(camera, hand_left=(0.68, 0, 0)), Body())]).astype(int)
    columns = np.flatnonzero((np.abs(raised - plain).sum(axis=2) > 60).any(axis=0))
    assert columns.max() - 320 > 100
    assert 320 - columns.min() < 75


def test_joints_lie_on_the_drawn_person() -> None:
    camera = Camera()
    renderer = Renderer(camera)
    joints = standing(camera)
    difference = np.abs(renderer.draw([(joints, Body())]).astype(int) - renderer.draw([]).astype(int)).sum(axis=2)
    for name, (u, v) in zip(KINECT_25.joints, camera.project(joints), strict=True):
        assert difference[int(v), int(u)] > 30, name


@pytest.mark.parametrize("seed", range(8))
def test_every_body_stands_whole_in_the_picture(seed: int) -> None:
    body, camera = Body.varied(seed), Camera()
    assert 1.5 < body.height_m < 1.95
    pixels = camera.project(standing(camera, body, hand_left=(0.15, 0.7, 0), hand_right=(0.15, 0.7, 0)))
    assert pixels[:, 1].min() > 15
    assert pixels[:, 1].max() < 465


def test_bodies_vary_by_seed_only() -> None:
    assert Body.varied(3) == Body.varied(3)
    assert len({Body.varied(seed).colours for seed in range(20)}) > 10
    assert Body().scaled(2).height_m == pytest.approx(2 * Body().height_m)


def test_two_persons_are_drawn_and_the_nearer_one_is_in_front() -> None:
    camera = Camera()
    renderer = Renderer(camera)
    red = dataclasses.replace(Body(), colours=dataclasses.replace(Body().colours, shirt_bgr=(0, 0, 250)))
    near = standing(camera) - np.array([0, 0, 0.6], np.float32)
    chest = camera.project(near)[KINECT_25.index("SpineMid")].astype(int)
    for people in ([(near, red), (standing(camera), Body())], [(standing(camera), Body()), (near, red)]):
        blue, _, strength = renderer.draw(people)[chest[1], chest[0]].astype(int)
        assert strength > blue + 80


def test_same_input_gives_the_same_picture() -> None:
    people = [(standing(Camera()), Body())]
    np.testing.assert_array_equal(Renderer(Camera()).draw(people), Renderer(Camera()).draw(people))


def test_a_camera_may_look_from_the_side_or_see_no_floor() -> None:
    for camera in (Camera(yaw_rad=1.2), Camera(pitch_rad=-0.6), Camera(pitch_rad=0.8, height_m=3)):
        picture = Renderer(camera).draw([(standing(camera), Body())])
        assert picture.shape == (480, 640, 3)
        assert picture.dtype == np.uint8
