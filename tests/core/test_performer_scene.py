"""Scenes: always the same for a seed, another for another, and what light, lens and sensor do to a picture."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from core.sources.performer.body import Body
from core.sources.performer.camera import Camera
from core.sources.performer.look import Hair, Legs, Look, Pattern, Sleeves
from core.sources.performer.palette import any_seed
from core.sources.performer.programme import Act, Programme
from core.sources.performer.render import Renderer
from core.sources.performer.room import Block, Panel, Room, Side, Surface, Weave
from core.sources.performer.scene import Light, Scene, Sensor, tint_of
from core.sources.performer.source import Performer
from core.sources.performer.stance import NEUTRAL_STANCE, stance_joints
from core.sources.performer.texture import texels
from core.sources.source import Picture

SMALL = Camera().resized((160, 120))
# Grey of the plain picture of somebody who stands, as means of 8 x 6 fields: what every earlier version has drawn.
PLAIN_GREY = (
    214.6, 219.1, 217.5, 210.5, 201.8, 194.5, 190, 187.9, 215.2, 221.1, 219.5, 207.1, 196, 192.9, 187.8, 185.5,
    206.4, 211.9, 210.9, 165.1, 153.4, 188.2, 184, 182.1, 189.9, 193.6, 193.6, 141.8, 134.7, 179.9, 177.3, 176.2,
    134.9, 139.9, 142.5, 119.1, 115.2, 131.5, 126.5, 127, 142.1, 149, 145.2, 137.9, 136.3, 134.3, 136, 128.7,
)  # fmt: skip
GREY = Surface(colour_bgr=(120, 120, 120))
RED = Surface(colour_bgr=(20, 20, 220))
BARE = Room(wall=GREY, floor=GREY, behind_m=2, left_m=3, right_m=3)


def standing(camera: Camera, body: Body | None = None) -> NDArray[np.float32]:
    return camera.to_camera(stance_joints(NEUTRAL_STANCE, body or Body()))


def drawn(scene: Scene, *, camera: Camera = SMALL, body: Body | None = None, number: int = 0) -> Picture:
    people = [] if body is None else [(standing(camera, body), body)]
    return Renderer(camera, scene).draw(people, number=number)


def varied_picture(seed: int) -> Picture:
    performer = Performer(
        [Act(action="wave", seconds=1)],
        body=Body.varied(seed),
        camera=Camera.varied(seed),
        scene=Scene.varied(seed),
        size_px=(160, 120),
        real_time=False,
    )
    performer.open()
    frame = performer.read()
    assert frame is not None
    return frame.picture_bgr


def test_the_plain_scene_is_what_it_was() -> None:
    camera = Camera()
    picture = Renderer(camera).draw([(standing(camera), Body())])
    grey = picture.mean(axis=2).reshape(6, 80, 8, 80).mean(axis=(1, 3)).ravel()
    np.testing.assert_allclose(grey, PLAIN_GREY, atol=0.5)
    np.testing.assert_array_equal(Renderer(camera, Scene()).draw([(standing(camera), Body())], number=9), picture)


@pytest.mark.parametrize("seed", range(4))
def test_a_seed_gives_the_same_picture_and_another_seed_another(seed: int) -> None:
    first = varied_picture(seed)
    np.testing.assert_array_equal(first, varied_picture(seed))
    other = varied_picture(seed + 1)
    assert np.abs(first.astype(int) - other).mean() > 8
    assert Scene.varied(seed) == Scene.varied(seed)
    assert len({Scene.varied(one) for one in range(40)}) == 40


def test_scenes_differ_in_all_that_makes_a_room() -> None:
    scenes = [Scene.varied(seed) for seed in range(80)]
    rooms = [scene.room for scene in scenes if scene.room is not None]
    assert len(rooms) == 80
    assert len({room.wall.weave for room in rooms}) >= 4
    assert len({room.floor.weave for room in rooms}) == 3
    things = np.array([len(room.panels) + len(room.blocks) for room in rooms])
    assert things.min() <= 1
    assert things.max() >= 15
    hung = {panel.surface.weave for room in rooms for panel in room.panels}
    assert {Weave.WINDOW, Weave.DOOR, Weave.POSTER, Weave.CURTAIN} <= hung
    assert any(block.surface.weave is Weave.BOOKS for room in rooms for block in room.blocks)
    gains = np.array([scene.sensor.gain_bgr[1] for scene in scenes])
    assert gains.min() < 0.45
    assert gains.max() > 1.0
    dim, bright = ([scene.sensor.noise for scene, gain in zip(scenes, gains, strict=True) if low < gain < high]
                   for low, high in ((0, 0.5), (0.85, 2)))  # fmt: skip
    assert np.mean(dim) > 2 * np.mean(bright)


def test_noise_is_another_in_each_frame_and_the_same_for_a_number() -> None:
    scene = Scene(sensor=Sensor(noise=6, seed=3))
    frames = [drawn(scene, number=number).astype(float) for number in range(6)]
    clean = drawn(Scene()).astype(float)
    np.testing.assert_array_equal(frames[2], drawn(scene, number=2))
    assert not np.array_equal(drawn(Scene(sensor=Sensor(noise=6, seed=4)), number=2), frames[2])
    for one, other in itertools.pairwise(frames):
        first, second = (one - clean).ravel(), (other - clean).ravel()
        assert 4 < first.std() < 9
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.1
        assert abs(first.mean()) < 1


def test_exposure_white_balance_and_contrast_change_person_and_room_alike() -> None:
    usual = drawn(Scene(), body=Body()).astype(float)
    dim = drawn(Scene(sensor=Sensor(gain_bgr=(0.4, 0.4, 0.4))), body=Body()).astype(float)
    np.testing.assert_allclose(dim.mean(axis=(0, 1)), 0.4 * usual.mean(axis=(0, 1)), rtol=0.06)
    warm = drawn(Scene(sensor=Sensor(gain_bgr=(0.7, 1.0, 1.0))), body=Body()).astype(float)
    assert warm[..., 0].mean() < 0.75 * usual[..., 0].mean()
    np.testing.assert_allclose(
        warm[..., 1], drawn(Scene(sensor=Sensor(gain_bgr=(0.999, 1, 1))), body=Body())[..., 1], atol=3
    )
    flat = drawn(Scene(sensor=Sensor(contrast=0.6)), body=Body()).astype(float)
    assert flat.std() < 0.75 * usual.std()
    lifted = drawn(Scene(sensor=Sensor(gamma=1.3)), body=Body()).astype(float)
    assert lifted.mean() > usual.mean() + 5


def test_blur_vignette_and_compression_do_what_they_say() -> None:
    usual = drawn(Scene(), body=Body()).astype(float)
    blurred = drawn(Scene(sensor=Sensor(blur_px=6)), body=Body()).astype(float)
    assert np.abs(np.diff(blurred, axis=1)).max() < 0.6 * np.abs(np.diff(usual, axis=1)).max()
    dark = drawn(Scene(sensor=Sensor(vignette=0.5)), body=Body()).astype(float)
    share = dark.mean(axis=2) / usual.mean(axis=2)
    assert share[55:65, 75:85].mean() > 0.96
    assert share[:5, :5].mean() < 0.6
    packed = drawn(Scene(sensor=Sensor(jpeg_quality=50)), body=Body()).astype(float)
    assert 0.2 < np.abs(packed - usual).mean() < 6


def test_light_from_a_side_lights_that_side_and_tints_it() -> None:
    left, right = (
        drawn(Scene(light=Light(direction=(sign, 0.2, -0.4), direct=0.8, ambient=0.2)), body=Body()).astype(float)
        for sign in (1, -1)  # x grows to the left of the picture
    )
    person = np.abs(left - right).sum(axis=2) > 20
    columns = np.flatnonzero(person[40:100].any(axis=0))
    middle = (columns.min() + columns.max()) // 2
    towards = (left - right).sum(axis=2)[40:100]
    assert towards[:, columns.min() : middle].sum() > 0 > towards[:, middle : columns.max()].sum()
    tinted = drawn(Scene(light=Light(direct_bgr=(0.4, 1, 1), ambient_bgr=(0.4, 1, 1))), body=Body()).astype(float)
    usual = drawn(Scene(), body=Body()).astype(float)
    assert tinted[person][:, 0].mean() < 0.65 * usual[person][:, 0].mean()
    np.testing.assert_allclose(tinted[person][:, 2], usual[person][:, 2], atol=2)


def test_warm_light_is_yellow_and_cool_light_blue() -> None:
    assert tint_of(5000) == (1, 1, 1)
    blue, _, red = tint_of(2800)
    assert blue < 0.85 < 1.1 < red
    blue, _, red = tint_of(8000)
    assert red < 1 < blue


def test_a_panel_and_a_block_appear_where_they_are_and_hide_what_is_behind() -> None:
    camera = Camera(pitch_rad=0, height_m=1.0, distance_m=3.0)

    def red(room: Room, *, seen_from: Camera = camera) -> NDArray[np.bool_]:
        picture = Renderer(seen_from, Scene(room=room)).draw([]).astype(int)
        return picture[..., 2] > picture[..., 0] + 60

    def middle_px(mask: NDArray[np.bool_]) -> tuple[float, float]:
        rows, columns = np.nonzero(mask)
        return float(columns.mean()), float(rows.mean())

    panel = Panel(side=Side.BACK, along_m=0.5, up_m=1.2, width_m=0.4, height_m=0.4, surface=RED)
    wall_px = camera.project(camera.to_camera(np.array([0.5, 1.4, 2.0], dtype=np.float32)))
    np.testing.assert_allclose(middle_px(red(replace(BARE, panels=(panel,)))), wall_px, atol=1.5)

    block = Block(x_m=-0.6, z_m=1.0, bottom_m=0, width_m=0.5, height_m=0.8, depth_m=0.4, surface=RED)
    mask = red(replace(BARE, blocks=(block,)))
    front = np.array([[-0.85, 0, 0.8], [-0.35, 0.8, 0.8]], dtype=np.float32)
    (right, low), (left, high) = camera.project(camera.to_camera(front))
    assert mask[int(high) + 2 : int(low) - 2, int(left) + 2 : int(right) - 2].all()
    assert not mask[: int(high) - 8].any()
    hidden = replace(panel, along_m=-0.9, up_m=0.2, surface=Surface(colour_bgr=(220, 20, 20)))
    both = red(replace(BARE, panels=(hidden,), blocks=(block,)))
    assert both.sum() == mask.sum(), "the block stands in front of the wall"
    turned = red(replace(BARE, panels=(panel,), turn_rad=0.2))
    assert abs(middle_px(turned)[0] - wall_px[0]) > 30
    aside = replace(camera, aside_m=0.3)
    moved = aside.project(aside.to_camera(np.array([0.5, 1.4, 2.0], dtype=np.float32)))
    np.testing.assert_allclose(middle_px(red(replace(BARE, panels=(panel,)), seen_from=aside)), moved, atol=1.5)


@pytest.mark.parametrize("weave", Weave)
def test_every_weave_gives_colours_in_range(weave: Weave) -> None:
    u, v = (axis.ravel().astype(np.float32) for axis in np.meshgrid(np.linspace(0, 1.2, 60), np.linspace(0, 2, 80)))
    surface = Surface(colour_bgr=(90, 140, 200), other_bgr=(30, 60, 90), weave=weave, seed=5)
    colours = texels(surface, u, v, size_m=(1.2, 2.0))
    assert colours.shape == (len(u), 3)
    assert np.isfinite(colours).all()
    assert colours.min() >= 0
    assert colours.max() < 320  # a lamp's shade is brighter than white
    assert any_seed(np.random.default_rng(0)) >= 0


@pytest.mark.parametrize("roll_rad", [-0.15, 0.15])
def test_a_rolled_camera_turns_person_and_plain_room_together(roll_rad: float) -> None:
    camera = replace(Camera(), roll_rad=roll_rad)
    pixels = camera.project(standing(camera))
    head, base = pixels[3], pixels[0]
    lean = np.arctan2(head[0] - base[0], base[1] - head[1])
    assert lean == pytest.approx(roll_rad, abs=0.03)  # clockwise to the right
    room = Renderer(camera).draw([]).astype(int)
    edges = [int(np.abs(np.diff(room[200:470, column].sum(axis=1))).argmax()) for column in (60, 580)]
    assert np.sign(edges[1] - edges[0]) == np.sign(roll_rad)
    assert edges[1] - edges[0] == pytest.approx(520 * np.tan(roll_rad), abs=25)
    upright = np.abs(Renderer(replace(camera, roll_rad=1e-7)).draw([]).astype(int) - Renderer(Camera()).draw([]))
    assert np.quantile(upright, 0.999) <= 3, "the two ways to draw the plain room agree"


def test_shadows_fall_only_on_the_bare_floor() -> None:
    camera = Camera()
    block = Block(x_m=0, z_m=0.4, bottom_m=0, width_m=3, height_m=0.3, depth_m=0.2, surface=RED)
    room = replace(BARE, blocks=(block,))
    people = [(standing(camera), Body())]
    renderer = Renderer(camera, Scene(room=room))
    empty, full = renderer.draw([]).astype(int), renderer.draw(people).astype(int)
    darker = (empty - full).sum(axis=2) > 12
    floor = (empty[..., 2] < empty[..., 0] + 40) & (np.arange(480)[:, None] > 380)
    assert (darker & floor).any(), "somebody casts a shadow"
    beside = np.ones((480, 640), dtype=bool)
    columns = np.flatnonzero((np.abs(empty - full).sum(axis=2) > 90).any(axis=0))
    beside[:, columns.min() - 4 : columns.max() + 5] = False
    assert not (darker & beside & (empty[..., 2] > empty[..., 0] + 60)).any()


@pytest.mark.parametrize("seed", range(25))
def test_cameras_see_a_whole_person_who_lifts_the_arms(seed: int) -> None:
    camera = Camera.varied(seed)
    assert camera == Camera.varied(seed) != Camera.varied(seed + 1)
    assert 0.7 <= camera.height_m <= 1.9
    assert 2.5 <= camera.distance_m <= 6
    assert 59 < np.rad2deg(2 * np.arctan(320 / camera.focal_px)) < 86
    assert abs(np.rad2deg(camera.yaw_rad)) <= 25
    body = Body.varied(seed)
    programme = Programme([Act(action="jumping jack", seconds=3)], body=body)
    pixels = camera.project(camera.to_camera(np.concatenate([programme.joints(t) for t in np.arange(0, 3, 0.1)])))
    assert ((pixels > 0) & (pixels < (640, 480))).mean() > 0.995


def test_a_close_up_leaves_a_part_of_the_body_out_but_seldom_the_face() -> None:
    shares, faces = [], []
    for seed in range(40):
        camera = Camera.close_up(seed)
        pixels = camera.project(standing(camera, Body.varied(seed)))
        inside: NDArray[np.bool_] = np.all((pixels > 0) & (pixels < (640, 480)), axis=1)
        shares.append(float(inside.mean()))
        faces.append(inside[3])
    assert np.mean([share < 1 for share in shares]) > 0.8
    assert 0.4 < np.mean(shares) < 0.8
    assert min(shares) > 0.25
    assert np.mean(faces) > 0.95


def test_a_camera_goes_back_until_it_sees_everything() -> None:
    places = np.array([[-2.5, 0, 0], [2.5, 2, 1]], dtype=np.float32)
    camera = Camera().seeing(places)
    assert camera.distance_m > Camera().distance_m
    pixels = camera.project(camera.to_camera(places))
    assert ((pixels > 0) & (pixels < (640, 480))).all()
    assert Camera().seeing(np.array([[0, 1, 0]], dtype=np.float32)) == Camera()
    assert Camera().seeing(np.array([[0, 80, 0]], dtype=np.float32)).distance_m < 13


@pytest.mark.parametrize("hair", Hair)
@pytest.mark.parametrize("legs", Legs)
def test_clothes_and_hair_are_drawn(hair: Hair, legs: Legs) -> None:
    usual = drawn(Scene(), camera=Camera(), body=Body()).astype(int)
    body = replace(Body(), look=Look(hair=hair, legs=legs))
    changed = np.abs(drawn(Scene(), camera=Camera(), body=body).astype(int) - usual).sum(axis=2) > 40
    rows = np.flatnonzero(changed.any(axis=1))
    head_px, hips_px = (Camera().project(standing(Camera()))[joint, 1] for joint in (3, 0))
    assert (np.abs(rows - head_px) < 30).any() == (hair is not Hair.SHORT)
    assert (rows > hips_px).any() == (legs is not Legs.TROUSERS)


@pytest.mark.parametrize("pattern", [pattern for pattern in Pattern if pattern is not Pattern.PLAIN])
def test_shirts_have_patterns_of_two_colours(pattern: Pattern) -> None:
    colours = replace(Body().colours, shirt_bgr=(200, 30, 30), pattern_bgr=(30, 30, 200))
    body = replace(Body(), colours=colours, look=Look(pattern=pattern, sleeves=Sleeves.LONG))
    picture = drawn(Scene(), camera=Camera(), body=body).astype(int)
    shirt = picture[..., 0] > picture[..., 2] + 60
    dye = picture[..., 2] > picture[..., 0] + 60
    u, v = Camera().project(standing(Camera()))[1].astype(int)
    near = np.s_[v - 70 : v + 30, u - 40 : u + 40]
    assert 0.08 < dye[near].sum() / (shirt[near].sum() + dye[near].sum()) < 0.75


def test_bodies_of_many_seeds_look_different() -> None:
    bodies = [Body.varied(seed) for seed in range(200)]
    looks = [body.look for body in bodies]
    assert {look.hair for look in looks} == set(Hair)
    assert {look.legs for look in looks} == set(Legs)
    assert {look.sleeves for look in looks} == set(Sleeves)
    assert {look.pattern for look in looks} == set(Pattern)
    assert 10 < sum(look.beard for look in looks) < 80
    heights = [body.height_m for body in bodies]
    assert (min(heights) < 1.54, max(heights) > 1.9) == (True, True)
    skins = [sum(body.colours.skin_bgr) for body in bodies]
    assert max(skins) > 2.5 * min(skins)
