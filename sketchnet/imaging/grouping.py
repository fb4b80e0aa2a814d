"""Group the ink of a page into drawings, and order them by how likely each one is meant."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sketchnet.imaging.components import boxes_of, group_near

_MOST = 40  # groups that are compared; smaller ones are dirt, unless they lie inside a drawing
_SEPARATE = 0.35  # from this share of a drawing's side a group can be a drawing of its own
_APART = 0.05  # such a group is separate from this distance on, as a share of the larger side
_PART = 0.12  # a smaller group is part of a drawing up to this distance
_DIRT = 0.08  # below this share of a drawing's side a group is dirt
_DIRT_NEAR = 0.03  # unless it is this close to the drawing
_FRAGMENT = 0.4  # groups that are all smaller than this share of the page's ink are fragments
_FRAGMENTS_APART = 0.07  # which belong together up to this distance, as a share of all ink
_HARMLESS = 0.04  # a group stays if the drawing's box grows by no more with it, as a share
_BLOT = 0.4  # share of its box that is ink, from which a small group is a blot and not drawn
_BLOT_SIDE = 1 / 80  # share of the page's longest side: shorter side of a blot
_COLOUR = 30  # distance in a and b of Lab from which ink has another colour
_OFF_CENTRE = 0.4  # share of the score that a drawing in a corner of the page loses


@dataclass(eq=False)
class _Cluster:
    """Groups of ink that belong together.

    Attributes:
        box: x, y, width, height.
        groups: their labels.
        colour: a and b of Lab, of the largest group.
        is_blot: whether it is a filled spot.
    """

    box: np.ndarray
    groups: list[int]
    colour: np.ndarray
    is_blot: bool

    @property
    def side(self) -> float:
        return float(self.box[2:].max())

    @property
    def area(self) -> float:
        return float(self.box[2] * self.box[3])

    def add(self, other: _Cluster) -> None:
        self.box = _box_around(np.array([self.box, other.box]))
        self.groups += other.groups


def group_drawings(mask: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Assign ink to drawings.

    Args:
        mask: (H, W) uint8 of 0 and 1.
        picture: the page (H, W[, 3]) uint8. Ink of another colour, such as a stamp, is kept apart.

    Returns:
        (H, W) int: number of the drawing from 1, in the order of `drawing_score`; 0 for paper and
        for ink that belongs to no drawing.
    """
    groups = group_near(mask)
    clusters, small = _clusters(groups, mask, picture)
    if not clusters:
        return groups
    clusters = _without_dirt(_merge(clusters))
    for label, box in small:
        for cluster in clusters:
            if _gap(box, cluster.box) < 0:
                cluster.groups.append(label)
                break
    clusters.sort(key=lambda cluster: -drawing_score(cluster.box, mask.shape))
    number_of = np.zeros(int(groups.max()) + 1, int)
    for number, cluster in enumerate(clusters, start=1):
        number_of[cluster.groups] = number
    return number_of[groups]


def drawing_score(box: np.ndarray, shape: tuple[int, ...]) -> float:
    """Return how large and central a box x, y, width, height is on a page (H, W): 0..1."""
    middle = (box[:2] + box[2:] / 2) / shape[1::-1]
    off_centre = float(np.hypot(*(middle - 0.5)) / np.hypot(0.5, 0.5))
    size = float(np.sqrt(box[2] * box[3] / (shape[0] * shape[1])))
    return size * (1 - _OFF_CENTRE * off_centre)


def _clusters(
    groups: np.ndarray, mask: np.ndarray, picture: np.ndarray
) -> tuple[list[_Cluster], list[tuple[int, np.ndarray]]]:
    """Return the largest groups as clusters, largest first, and labels and boxes of the others."""
    boxes = boxes_of(groups)
    areas = np.bincount(groups.ravel(), minlength=len(boxes) + 1)[1:]
    order = [int(i) for i in np.argsort(-boxes[:, 2:].max(axis=1, initial=0), kind="stable")]
    order = [i for i in order if areas[i]]
    shortest = _BLOT_SIDE * max(mask.shape)
    clusters = []
    for i in order[:_MOST]:
        x, y, width, height = boxes[i]
        window = (slice(y, y + height), slice(x, x + width))
        is_blot = areas[i] > _BLOT * width * height and min(width, height) >= shortest
        colour = _colour(picture[window], groups[window] == i + 1)
        clusters.append(_Cluster(boxes[i].astype(float), [i + 1], colour, bool(is_blot)))
    return clusters, [(i + 1, boxes[i].astype(float)) for i in order[_MOST:]]


def _colour(picture: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the mean a and b (2,) of Lab of the darker half of some pixels (H, W) bool."""
    if picture.ndim == 2:
        return np.zeros(2)
    lab = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2LAB)[inside].astype(float)
    return lab[lab[:, 0] <= np.median(lab[:, 0]), 1:].mean(axis=0)


def _merge(clusters: list[_Cluster]) -> list[_Cluster]:
    """Merge clusters that belong together."""
    largest = max(cluster.side for cluster in clusters)
    all_ink = _box_around(np.array([c.box for c in clusters if c.side >= largest / 5]))[2:].max()
    merged = list(clusters)
    changed = True
    while changed:
        changed = False
        for drawing in merged:
            parts = [c for c in merged if c is not drawing and _belongs(c, drawing, all_ink)]
            for part in parts:
                drawing.add(part)
            if parts:
                merged = [cluster for cluster in merged if cluster not in parts]
                changed = True
                break
    return merged


def _belongs(part: _Cluster, drawing: _Cluster, all_ink: float) -> bool:
    """Whether a cluster is part of another one that is at least as large."""
    if part.side > drawing.side:
        return False
    gap = _gap(part.box, drawing.box)
    share = part.side / drawing.side
    if gap >= 0 and (
        (part.is_blot and share < _SEPARATE) or np.hypot(*(part.colour - drawing.colour)) > _COLOUR
    ):
        return False
    if drawing.side < _FRAGMENT * all_ink and share >= _DIRT:
        return gap <= _FRAGMENTS_APART * all_ink
    if share < _DIRT:
        return gap <= _DIRT_NEAR * drawing.side
    return gap <= (_PART if share < _SEPARATE else _APART) * drawing.side


def _without_dirt(clusters: list[_Cluster]) -> list[_Cluster]:
    """Leave out what is too small to be a drawing, or add it where it does not matter."""
    main = max(clusters, key=lambda cluster: cluster.area)
    kept = [main]
    for cluster in clusters:
        if cluster is main:
            continue
        if cluster.side >= _SEPARATE * main.side and cluster.area >= _SEPARATE**2 * main.area:
            kept.append(cluster)
            continue
        joined = _box_around(np.array([main.box, cluster.box]))
        if (joined[2:] - main.box[2:]).max() <= _HARMLESS * main.side:
            main.groups += cluster.groups
    return kept


def _gap(one: np.ndarray, other: np.ndarray) -> float:
    """Return the distance between two boxes, -1 if the centre of `one` is inside `other`."""
    middle = one[:2] + one[2:] / 2
    if (middle >= other[:2]).all() and (middle <= other[:2] + other[2:]).all():
        return -1.0
    apart = np.maximum(one[:2] - other[:2] - other[2:], other[:2] - one[:2] - one[2:]).clip(0)
    return float(np.hypot(*apart))


def _box_around(boxes: np.ndarray) -> np.ndarray:
    """Return the box around boxes (N, 4)."""
    start, end = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return np.concatenate([start, end - start])
