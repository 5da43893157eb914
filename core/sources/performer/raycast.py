"""Ray casting: which solid each pixel sees first, exactly.

All solids of a picture are intersected at once: the pixels of their boxes are one flat array, so that the cost is that
of arithmetic and not that of thousands of small calls. Letters: S solids, R rows of their boxes, N pixels of these.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.sources.performer.solid import SolidBatch

Floats = NDArray[np.float32]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """What is seen: one entry for each of the V pixels that show a solid."""

    pixels: Places  # (V,) flat places in the picture
    depths_m: Floats  # (V,) Z
    normals: Floats  # (3, V) unit
    solids: Places  # (V,) which solid


def visible_surface(batch: SolidBatch, columns: Floats, rows: Floats, *, focal_px: float) -> Surface:
    """What the rays (columns[u], rows[v], 1) through the lens meet first.

    Args:
        batch: Solids in camera axes, metres; one that comes too near to the lens is left out.
        columns: X / Z of each column of the picture, (W,).
        rows: Y / Z of each row, (H,).
        focal_px: Focal length.
    """
    boxes = batch.boxes_px(focal_px=focal_px, size_px=(len(columns), len(rows)))
    rays = _Rays.through(boxes, columns, rows)
    hits = _first_hits(batch, rays)
    visible = _nearest_of_each(hits.pixels, hits.depths_m, count=len(columns) * len(rows))
    return Surface(
        pixels=hits.pixels[visible],
        depths_m=hits.depths_m[visible],
        normals=_normals(batch, hits, visible),
        solids=hits.solids[visible],
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rays:
    """The rays of all boxes, row by row."""

    solids: Places  # (R,) solid of each row
    widths: Places  # (R,) pixels of each row
    y: Floats  # (R,)
    x: Floats  # (N,)
    pixels: Places  # (N,) flat places in the picture

    @classmethod
    def through(cls, boxes: Places, columns: Floats, rows: Floats) -> "_Rays":
        left, right, top, bottom = boxes.T
        solids, row = _spread(np.where(right > left, bottom - top, 0))
        row += top[solids]
        widths = (right - left)[solids]
        run, column = _spread(widths)
        column += left[solids][run]
        pixels = column + (row * len(columns))[run]
        return cls(solids=solids, widths=widths, y=rows[row], x=columns[column], pixels=pixels)

    def linear(self, vectors: NDArray[np.float64]) -> Floats:
        """Dot product of each ray with the vector (S, 3) of its solid, (N,)."""
        x, y, z = vectors.astype(np.float32)[self.solids].T
        return np.repeat(self.y * y + z, self.widths) + np.repeat(x, self.widths) * self.x

    def quadratic(self, metrics: NDArray[np.float64]) -> Floats:
        """ray . metric . ray with the metric (S, 3, 3) of its solid, (N,)."""
        m = metrics.astype(np.float32)[self.solids]
        constant = self.y * (self.y * m[:, 1, 1] + 2 * m[:, 1, 2]) + m[:, 2, 2]
        slope = 2 * (self.y * m[:, 0, 1] + m[:, 0, 2])
        squared = np.repeat(m[:, 0, 0], self.widths) * self.x + np.repeat(slope, self.widths)
        return squared * self.x + np.repeat(constant, self.widths)

    def each(self, values: NDArray[np.float64]) -> Floats:
        """Each ray's value (N,) of the values (S,) of the solids."""
        return np.repeat(_f32(values)[self.solids], self.widths)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Hits:
    """Rays that hit their solid; K of them."""

    pixels: Places  # (K,)
    solids: Places  # (K,)
    x: Floats  # (K,)
    y: Floats  # (K,)
    depths_m: Floats  # (K,)
    shares: Floats  # (K,) s: where along the axis lies the ball that is touched


def _f32(values: NDArray[np.floating]) -> Floats:
    return values.astype(np.float32, copy=False)


def _spread(counts: Places) -> tuple[Places, Places]:
    """For groups of these sizes: the group of each member and its number in it, both (sum of counts,)."""
    group = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return group, np.arange(len(group)) - np.repeat(first, counts)


def _first_hits(batch: SolidBatch, rays: _Rays) -> _Hits:
    """Solve F(t) = leading t^2 + 2 middle t + last = 0 (see SolidBatch) for every ray."""
    start = np.einsum("si,sij->sj", batch.start, batch.metric)  # metric . start
    offset = -np.einsum("si,si->s", batch.start, batch.metric_axis) - batch.start_radius * batch.taper
    aim = -start - batch.metric_axis * (offset * batch.inverse_span)[:, None]
    last = np.einsum("si,si->s", batch.start, start) - batch.start_radius**2 - offset**2 * batch.inverse_span
    along = rays.linear(batch.metric_axis)
    middle = rays.linear(aim)
    square = rays.quadratic(batch.metric)
    leading = square - along * along * rays.each(batch.inverse_span)
    discriminant = middle * middle - leading * rays.each(last)
    may_hit = np.flatnonzero((discriminant > 0) | (leading <= 0))
    row = np.searchsorted(np.cumsum(rays.widths), may_hit, side="right")
    solids, x, y = rays.solids[row], rays.x[may_hit], rays.y[row]
    with np.errstate(invalid="ignore", divide="ignore"):  # where leading <= 0, only the balls count
        depths = _f32((-middle[may_hit] - np.sqrt(discriminant[may_hit])) / leading[may_hit])
        shares = _f32((_f32(offset)[solids] + depths * along[may_hit]) * _f32(batch.inverse_span)[solids])
    off_side = ~((shares >= 0) & (shares <= 1) & (depths > 0))
    depths[off_side], shares[off_side] = _hit_balls(
        batch, solids[off_side], (x[off_side], y[off_side]), square[may_hit][off_side]
    )
    hit = np.isfinite(depths)
    return _Hits(
        pixels=rays.pixels[may_hit][hit],
        solids=solids[hit],
        x=x[hit],
        y=y[hit],
        depths_m=depths[hit],
        shares=shares[hit],
    )


def _hit_balls(batch: SolidBatch, solids: Places, rays: tuple[Floats, Floats], square: Floats) -> tuple[Floats, Floats]:
    """Depth of the nearer hit with the balls at the two ends (infinite where there is none) and its share, 0 or 1."""
    depths = np.full(len(solids), np.inf, dtype=np.float32)
    shares = np.zeros(len(solids), dtype=np.float32)
    x, y = rays
    for share, centre, radius in (
        (0, batch.start, batch.start_radius),
        (1, batch.start + batch.axis, batch.end_radius),
    ):
        aim = np.einsum("sij,sj->si", batch.metric, centre)
        last = (np.einsum("si,si->s", centre, aim) - radius**2).astype(np.float32)[solids]
        ax, ay, az = aim.astype(np.float32)[solids].T
        middle = x * ax + y * ay + az
        discriminant = middle * middle - square * last
        with np.errstate(invalid="ignore"):
            depth = (middle - np.sqrt(discriminant)) / square
        nearer = (discriminant >= 0) & (depth > 0) & (depth < depths)
        depths[nearer], shares[nearer] = depth[nearer], share
    return depths, shares


def _nearest_of_each(pixels: Places, depths_m: Floats, *, count: int) -> Places:
    """Indices of the nearest hit of every pixel that has one (of all of them where two are equally near)."""
    nearest = np.full(count, np.inf, dtype=np.float32)
    np.minimum.at(nearest, pixels, depths_m)
    return np.flatnonzero(depths_m == nearest[pixels])


def _normals(batch: SolidBatch, hits: _Hits, visible: Places) -> Floats:
    """Unit normals (3, V): from the middle of the ball that touches there, through the squeeze."""
    solids, depths, shares = hits.solids[visible], hits.depths_m[visible], hits.shares[visible]
    axis, start = batch.axis.astype(np.float32)[solids].T, batch.start.astype(np.float32)[solids].T  # (3, V)
    touch = np.stack((hits.x[visible], hits.y[visible], np.ones_like(depths))) * depths
    outward = touch - start - axis * shares
    metric = batch.metric.astype(np.float32)[solids]  # (V, 3, 3)
    normals: Floats = np.einsum("vij,jv->iv", metric, outward)
    normals /= np.sqrt(np.einsum("iv,iv->v", normals, normals))
    return normals
