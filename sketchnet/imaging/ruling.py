"""Remove the printed rules of lined and squared paper.

Rules are dark lines across most of the picture at regular distances. They may be skewed, slightly
curved, broken and in the shade. Strokes of the drawing that cross them are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sketchnet.imaging.ink import darkest_channel

DETAIL = 1024  # px, longest side of a picture in which rules are searched and removed

_THICKEST = 15  # px; a broader line is no rule
_FAINTEST = 10  # grey levels darker than the paper
_PIECE = 24  # px; a rule is straight and unbroken for this length at least
_STRIP = 32  # px, width of the strips in which the height of a rule is measured
_SKEW = 0.05  # steepest slope of rules
_ACROSS = 0.6  # share of the picture's width that a rule crosses
_ACROSS_REGULAR = 0.3  # the same for a line at a place where a rule is expected
_FEWEST = 4  # rules
_DOWN = 0.5  # share of the picture's height that the rules cover
_CLOSEST = 6  # px between rules
_DRIFT = 2  # px by which a rule may leave a straight line from one strip to the next


@dataclass(frozen=True, eq=False)
class _Rule:
    """A near-horizontal rule: its height at each column (W,), its thickness and darkness."""

    heights: np.ndarray
    thickness: int
    darkness: float

    @property
    def reach(self) -> int:
        """Rows above and below its middle that the rule covers, with its blurred margin."""
        return self.thickness // 2 + 1


def without_rules(picture: np.ndarray) -> np.ndarray:
    """Replace the rules of a picture by the paper beside them.

    Args:
        picture: (H, W[, 3]) uint8, longest side at most `DETAIL`.

    Returns:
        The same shape; the picture itself where it has no rules.
    """
    darkness = _darkness(picture)
    level, upright = _find_rules(darkness), _find_rules(_turned(darkness))
    if not level and not upright:
        return picture
    # A rule of the other direction is no stroke that crosses a rule.
    beside_level = np.where(_turned(_band(upright, _turned(darkness))), 0, darkness)
    beside_upright = np.where(_band(level, darkness), 0, darkness)
    picture = _erase(picture, darkness, beside_level, level)
    return _turned(_erase(_turned(picture), _turned(darkness), _turned(beside_upright), upright))


def _turned(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.swapaxes(picture, 0, 1))


def _darkness(picture: np.ndarray) -> np.ndarray:
    """Return how much darker than the paper around it each pixel is, 0..255: (H, W) uint8."""
    grey = darkest_channel(picture)
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((_THICKEST, _THICKEST), np.uint8))
    return 255 - cv2.divide(grey, np.maximum(paper, 1), scale=255)


def _find_rules(darkness: np.ndarray) -> list[_Rule]:
    """Return the near-horizontal rules of a picture, none if they are too few or irregular."""
    height, width = darkness.shape
    if height < _FEWEST * _CLOSEST or width < 4 * _STRIP:
        return []
    thick = cv2.dilate(darkness, np.ones((3, 1), np.uint8))
    lines = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, _PIECE), np.uint8))
    strips = width // _STRIP
    levels = cv2.resize(lines, (strips, height), interpolation=cv2.INTER_AREA).astype(np.int16)
    present = levels - np.median(levels, axis=0).astype(np.int16) > _FAINTEST
    slope = _skew(present)
    straight = _shifted(present, slope)
    peaks = _regular_peaks(straight.mean(axis=1))
    if not _fill_page(straight, peaks):
        return []
    expected = peaks[:, None] + _offsets(strips, slope)
    heights = expected + _smooth_drift(_drift(levels, expected))
    rules = [_measure(darkness, row) for row in heights]
    return [rule for rule in rules if rule.darkness >= _FAINTEST]


def _offsets(strips: int, slope: float) -> np.ndarray:
    """Return the height of a line of this slope at each strip, 0 in the middle of the picture."""
    return np.rint(slope * _STRIP * (np.arange(strips) - (strips - 1) / 2)).astype(int)


def _shifted(present: np.ndarray, slope: float) -> np.ndarray:
    """Shift strips (H, strips) so that lines of a slope become level."""
    offsets = _offsets(present.shape[1], slope)
    rows = np.arange(len(present))[:, None] + offsets
    inside = (rows >= 0) & (rows < len(present))
    return present[rows.clip(0, len(present) - 1), np.arange(present.shape[1])] & inside


def _skew(present: np.ndarray) -> float:
    """Return the slope along which lines are concentrated in the fewest rows."""
    slopes = np.linspace(-_SKEW, _SKEW, 41)
    height, strips = present.shape
    margin = int(_SKEW * _STRIP * strips / 2) + 1
    columns = np.pad(present.T.astype(np.uint8), ((0, 0), (margin, margin)))
    focus = []
    for slope in slopes:
        starts = _offsets(strips, slope) + margin
        level = np.zeros(height, np.float32)
        for column, start in zip(columns, starts, strict=True):
            level += column[start : start + height]
        focus.append(float(level @ level))
    return float(slopes[int(np.argmax(focus))])


def _regular_peaks(across: np.ndarray) -> np.ndarray:
    """Return the rows of rules, from the share of the width (H,) that is a line in each row."""
    smooth = np.maximum.reduce([across, np.roll(across, 1), np.roll(across, -1)])
    is_peak = (across == smooth) & (np.roll(across, 1) < across)
    rows = np.flatnonzero(is_peak & (across >= _ACROSS))
    rows = rows[np.diff(rows, prepend=-_CLOSEST) >= _CLOSEST // 2]
    if len(rows) < _FEWEST:
        return np.empty(0, int)
    gaps = np.diff(rows)
    gap = float(np.median(gaps))
    near_multiple = np.abs(gaps / gap - np.rint(gaps / gap)) < 0.2
    if gap < _CLOSEST or near_multiple.mean() < 0.7:
        return np.empty(0, int)
    # Where the drawing is dense or the rules are faint, the neighbours say where a rule must be.
    others = np.flatnonzero(is_peak & (across >= _ACROSS_REGULAR) & (across < _ACROSS))
    for row in others[np.argsort(-across[others], kind="stable")]:
        steps = np.abs(row - rows) / gap
        if steps.min() > 0.5 and abs(steps.min() - round(steps.min())) < 0.12:
            rows = np.append(rows, row)
    return np.sort(rows)


def _fill_page(straight: np.ndarray, peaks: np.ndarray) -> bool:
    """Whether lines cover most of the height, and most of them reach both borders of the picture.

    Args:
        straight: (H, strips) where there is a line.
        peaks: the rows of the lines.
    """
    if len(peaks) < _FEWEST or np.ptp(peaks) < _DOWN * len(straight):
        return False
    near = np.max(
        [straight[(peaks + step).clip(0, len(straight) - 1)] for step in (-1, 0, 1)], axis=0
    )
    return all(edge.any(axis=1).mean() > _ACROSS for edge in (near[:, :2], near[:, -2:]))


def _drift(levels: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Follow rules from the middle of the picture outwards.

    Args:
        levels: (H, strips) darkness of lines.
        expected: (R, strips) rows of R straight rules.

    Returns:
        (R, strips) rows by which each rule is below its expected row.
    """
    strips = expected.shape[1]
    drift = np.zeros(expected.shape)
    steps = np.arange(-_DRIFT, _DRIFT + 1)
    for order in (range(strips // 2, strips), range(strips // 2 - 1, -1, -1)):
        last = np.zeros(len(expected))
        for strip in order:
            last = last.round()
            rows = (expected[:, strip] + last).astype(int)[:, None] + steps
            found = levels[rows.clip(0, len(levels) - 1), strip].astype(float)
            # Lines are thickened by a row on both sides: take the middle of the plateau.
            weight = (found >= 0.8 * found.max(axis=1, keepdims=True)) & (found > _FAINTEST)
            count = weight.sum(axis=1)
            moved = (weight * steps).sum(axis=1) / np.maximum(count, 1)
            last = last + np.where(count > 0, moved, 0)
            drift[:, strip] = last
    return drift


def _smooth_drift(drift: np.ndarray) -> np.ndarray:
    """Replace each drift (R, strips) by the median of neighbouring rules.

    A rule can be lost to a line of the drawing that runs along it.
    """
    padded = np.pad(drift, ((2, 2), (0, 0)), mode="edge")
    return np.median([padded[i : i + len(drift)] for i in range(5)], axis=0)


def _measure(darkness: np.ndarray, heights: np.ndarray) -> _Rule:
    """Measure thickness and darkness of the rule at some heights (strips,)."""
    last, width = len(darkness) - 1, darkness.shape[1]
    columns = np.arange(width)
    centres = (np.arange(len(heights)) + 0.5) * width / len(heights)
    rows = np.interp(columns, centres, heights).round().astype(int)
    around = np.arange(-(_THICKEST // 2), _THICKEST // 2 + 1)
    profile = np.median(darkness[(rows + around[:, None]).clip(0, last), columns], axis=1)
    peak = float(profile[len(around) // 2 - 1 : len(around) // 2 + 2].max())
    return _Rule(rows, max(1, int((profile > 0.4 * peak).sum())), peak)


def _band(rules: list[_Rule], darkness: np.ndarray) -> np.ndarray:
    """Return the pixels (H, W) bool of near-horizontal rules and their blurred margins."""
    band = np.zeros(darkness.shape, bool)
    columns = np.arange(darkness.shape[1])
    for rule in rules:
        for step in range(-rule.reach, rule.reach + 1):
            band[(rule.heights + step).clip(0, len(band) - 1), columns] = True
    return band


def _erase(
    picture: np.ndarray, darkness: np.ndarray, strokes: np.ndarray, rules: list[_Rule]
) -> np.ndarray:
    """Fill near-horizontal rules with the paper above and below them.

    Args:
        picture: (H, W[, 3]).
        darkness: (H, W) of the picture.
        strokes: (H, W), the same without rules of the other direction.
    """
    picture = picture.copy()
    last, columns = len(darkness) - 1, np.arange(darkness.shape[1])
    for rule in rules:
        above = (rule.heights - rule.reach - 1).clip(0, last)
        below = (rule.heights + rule.reach + 1).clip(0, last)
        ink = max(1.5 * _FAINTEST, 0.5 * rule.darkness)
        # A slanting stroke meets both margins of the rule at different columns.
        slant = np.ones(2 * rule.reach + 1)
        crossed = np.logical_and(
            *(np.convolve(strokes[row, columns] > ink, slant, "same") > 0 for row in (above, below))
        )
        paper = np.maximum(picture[above, columns], picture[below, columns])
        darker = rule.darkness + max(1.5 * _FAINTEST, 0.35 * rule.darkness)
        for step in range(-rule.reach, rule.reach + 1):
            rows = (rule.heights + step).clip(0, last)
            erased = ~crossed & (darkness[rows, columns] < darker)
            picture[rows[erased], columns[erased]] = paper[erased]
    return picture
