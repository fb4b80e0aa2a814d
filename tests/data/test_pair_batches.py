"""Batches of pairs: shapes, determinism, sampling, and what augmentation may and may not do."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from sketchnet.data import pair_batches
from sketchnet.data.pair_batches import PairBatches
from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.imaging.prepare import canvas_for
from sketchnet.utils.errors import InputError

SIZE = 32
CANVAS = canvas_for(SIZE)


def ell(number: int, canvas: int = CANVAS) -> np.ndarray:
    """An L, different from its mirror image, whose height depends on the number."""
    picture = np.full((canvas, canvas), 255, np.uint8)
    low, left, right = canvas - 5, 5, canvas - 8
    cv2.line(picture, (left, low - 8 - number % 12), (left, low), 0, 2)
    cv2.line(picture, (left, low), (right, low), 0, 2)
    return picture


def pairs(
    photos: int = 10, sketched: int | None = None, each: int = 2, variants: int = 1, side=CANVAS
) -> PreparedPairs:
    """`each` sketches of the first `sketched` photos; a sketch equals its photo."""
    sketched = photos if sketched is None else sketched
    owner = np.repeat(np.arange(sketched, dtype=np.int32), each)
    return PreparedPairs(
        sketches=np.array([ell(int(i), side) for i in owner], np.uint8).reshape(-1, side, side),
        sketch_photo=owner,
        photos=np.array([[ell(i, side)] * variants for i in range(photos)], np.uint8),
        sketch_ids=tuple(f"s{i}" for i in range(len(owner))),
        photo_ids=tuple(f"p{i}" for i in range(photos)),
        triplets=np.zeros((0, 3), np.int32),
        drawings=(None,) * len(owner),
    )


def batches(of: PreparedPairs | None = None, **fields) -> PairBatches:
    settings = {"size": SIZE, "identities": 4, "steps": 3, "seed": 7, **fields}
    return PairBatches(pairs() if of is None else of, **settings)


def same(a, b) -> bool:
    (x, labels), (y, others) = a, b
    return (labels == others).all() and all((x[key] == y[key]).all() for key in ("sketch", "photo"))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_batch_has_the_documented_shapes_and_labels(k):
    inputs, labels = batches(sketches_per_identity=k)[0]
    for key in ("sketch", "photo"):
        assert inputs[key].shape == (4 * k, SIZE, SIZE, 1)
        assert inputs[key].dtype == np.float32
        assert inputs[key].min() < 64
        assert inputs[key].max() == 255
    assert labels.dtype == np.int32
    np.testing.assert_array_equal(np.unique(labels, return_counts=True)[1], [k] * 4)


def test_colour_photos_have_three_channels():
    grey = pairs()
    photos = np.repeat(grey.photos[..., None], 3, axis=-1)
    colour = PreparedPairs(**{**vars(grey), "photos": photos})
    inputs, _ = batches(colour)[0]
    assert inputs["photo"].shape == (4, SIZE, SIZE, 3)
    assert inputs["sketch"].shape == (4, SIZE, SIZE, 1)


def test_a_batch_is_a_pure_function_of_seed_epoch_and_step():
    one, other = batches(), batches()
    list(one)  # what was made before does not matter
    assert same(one.batch(2, 1), other.batch(2, 1))
    assert not same(one.batch(2, 1), one.batch(2, 2))
    assert not same(one.batch(2, 1), one.batch(3, 1))
    assert not same(one.batch(2, 1), batches(seed=8).batch(2, 1))


def test_batches_are_those_of_the_epoch_that_is_set():
    made = batches()
    assert len(made) == made.num_batches == 3
    for epoch in (0, 5, 1):
        made.epoch = epoch
        assert all(same(made[step], made.batch(epoch, step)) for step in range(3))


def test_every_photo_comes_once_a_round():
    """Ten photos in five batches of two."""
    made = batches(identities=2, steps=5)
    for epoch in range(4):
        rows = np.concatenate([made.batch(epoch, step)[1] for step in range(5)])
        np.testing.assert_array_equal(np.sort(rows), np.arange(10))
    orders = {tuple(made.batch(epoch, 0)[1]) for epoch in range(6)}
    assert len(orders) > 1, "every round has its own order"


def test_no_photo_comes_twice_in_a_batch_where_rounds_do_not_fit():
    made = batches(identities=4, steps=7)  # 10 photos: two batches a round, two are left out
    seen = set()
    for epoch in range(6):
        for step in range(7):
            labels = made.batch(epoch, step)[1]
            assert len(set(labels.tolist())) == 4
            seen |= set(labels.tolist())
    assert seen == set(range(10))


def test_too_few_photos_make_a_smaller_batch():
    assert len(batches(pairs(photos=3))[0][1]) == 3


def test_both_sides_of_a_pair_are_mirrored_together():
    def leans_left(picture: np.ndarray) -> bool:
        """The L's upright, above its foot, stands on the left."""
        rows, columns = np.nonzero(picture[..., 0] < 250)
        return columns[rows < (rows.min() + rows.max()) / 2].mean() < SIZE / 2

    inputs, _ = batches(pairs(photos=40), identities=40)[0]
    sides = [
        (leans_left(sketch), leans_left(photo))
        for sketch, photo in zip(inputs["sketch"], inputs["photo"], strict=True)
    ]
    # Redrawing may leave out an upright; by chance half of them would agree.
    assert np.mean([sketch == photo for sketch, photo in sides]) > 0.85
    assert {(True, True), (False, False)} <= set(sides), "some are mirrored, some are not"


def test_both_sides_of_a_pair_are_warped_independently():
    inputs, _ = batches()[0]
    assert (inputs["sketch"] != inputs["photo"]).any(axis=(1, 2, 3)).all()


def test_sketch_photo_and_label_of_a_row_belong_together():
    """Without augmentation the sketch equals its photo here."""
    of = pairs()
    inputs, labels = batches(of, augment=False, sketches_per_identity=2)[0]
    np.testing.assert_array_equal(inputs["sketch"], inputs["photo"])
    start = (CANVAS - SIZE) // 2
    for picture, label in zip(inputs["photo"], labels, strict=True):
        expected = of.photos[label, 0, start : start + SIZE, start : start + SIZE]
        np.testing.assert_array_equal(picture[..., 0], expected)


def test_sketches_of_an_identity_differ_until_they_run_out():
    of = pairs(each=3)
    for number in range(len(of.sketches)):
        of.sketches[number, 0, 0] = number  # a mark that distinguishes the three
    marks = PairBatches(
        of, size=CANVAS, identities=4, sketches_per_identity=4, steps=1, augment=False
    )[0][0]["sketch"][:, 0, 0, 0].reshape(4, 4)
    for row in marks:
        assert len(set(row[:3].tolist())) == 3
        assert row[3] == row[0]


def test_both_edge_maps_of_a_photo_are_shown():
    of = pairs(photos=30, variants=2)
    of.photos[:, 1] = 255
    inputs, _ = batches(of, identities=30, augment=False)[0]
    blank = (inputs["photo"] == 255).all(axis=(1, 2, 3))
    assert 0 < blank.sum() < 30


def test_partial_sketches_have_less_ink():
    of = pairs(photos=40)
    whole = batches(of, identities=40, augment=False)[0][0]["sketch"]
    part = batches(of, identities=40, augment=False, partial=1.0)[0][0]["sketch"]
    assert np.mean([(w != p).any() for w, p in zip(whole, part, strict=True)]) > 0.9
    assert all((sketch < 255).any() for sketch in part), "none is blank"


def test_pictures_of_sketches_are_redrawn_line_by_line():
    """Warping the whole would leave no line out."""
    of = pairs(photos=120, each=1, side=canvas_for(96))
    rails = np.full_like(of.sketches[0], 255)
    for height, end in ((20, 90), (40, 90), (60, 90), (80, 40)):
        cv2.line(rails, (15, height), (end, height), 0, 2)
    of.sketches[:] = rails

    def lines(augment: bool) -> list[int]:
        """The number of lines above one another in each sketch."""
        sketches = batches(of, size=96, identities=120, augment=augment)[0][0]["sketch"][..., 0]
        inked = ((sketches < 160).sum(axis=2) > 10).astype(int)
        return (np.diff(inked, axis=1) == 1).sum(axis=1).tolist()

    assert lines(augment=False) == [4] * 120
    assert 10 < lines(augment=True).count(3) < 60, "half of the redrawn lack the short line"


def test_sketches_with_strokes_are_redrawn_from_them():
    of = pairs(photos=20, each=1)
    corner = np.array([[0, 0], [0, 100], [100, 100]], np.float32)
    drawn = PreparedPairs(**{**vars(of), "drawings": ([corner],) * 20})
    plain = batches(of, identities=20)[0][0]["sketch"]
    redrawn = batches(drawn, identities=20)[0][0]["sketch"]
    changed = (plain != redrawn).any(axis=(1, 2, 3)).mean()
    assert changed > 0.2, "about half of them"
    assert same(batches(drawn, identities=20)[0], batches(drawn, identities=20)[0])


UPRIGHT = [np.array([[0, 0], [0, 90]], np.float32)]


def upright(picture: np.ndarray) -> bool:
    rows, columns = np.nonzero(picture[..., 0] < 230)
    return np.ptp(rows) > 2 * np.ptp(columns)


def test_sketches_of_photos_without_any_are_redrawn_edge_maps(monkeypatch):
    monkeypatch.setattr(pair_batches, "redraw_sketch", lambda lines, rng, **how: UPRIGHT)
    of = pairs(photos=20, sketched=8)
    inputs, labels = batches(of, identities=8, unlabelled=0.5)[0]
    assert all(upright(sketch) for sketch in inputs["sketch"][labels >= 8])
    plain, _ = batches(of, identities=8, unlabelled=1.0, augment=False)[0]
    np.testing.assert_array_equal(plain["sketch"], plain["photo"])


@pytest.mark.parametrize("variants", [1, 2])
def test_every_picture_has_its_own_extracted_strokes(monkeypatch, variants):
    """Sketch 3, photo 3 and its second edge map share a number, but not their lines."""
    of = pairs(photos=20, sketched=8, each=1, variants=variants)
    monkeypatch.setattr(pair_batches, "extract_strokes", lambda picture, drawing=None: UPRIGHT)
    made = batches(of, identities=16, unlabelled=0.5, steps=30)
    keys = set()
    original = made._strokes_of

    def strokes(key, picture, drawing=None):
        keys.add((key, picture.__array_interface__["data"][0]))
        return original(key, picture, drawing)

    monkeypatch.setattr(made, "_strokes_of", strokes)
    for step in range(30):
        made[step]
    assert len({key for key, _ in keys}) == len({place for _, place in keys})
    assert len(keys) == 8 + 12 * variants


@pytest.mark.parametrize(
    ("redraw", "augment", "share"), [(0, True, 0), (1, True, 1), (1, False, 0)]
)
def test_the_share_of_redrawn_sketches_is_a_setting(redraw, augment, share, monkeypatch):
    redrawn = []
    monkeypatch.setattr(pair_batches, "redraw_sketch", lambda lines, *_, **__: redrawn.append(1))
    batches(pairs(photos=20, each=1), identities=20, redraw=redraw, augment=augment)[0]
    assert len(redrawn) == 20 * share


def test_a_redrawn_partial_sketch_is_cut_along_its_strokes(monkeypatch):
    """Strokes that were extracted from pixels have no order: there a region is kept."""
    two = [UPRIGHT[0], np.array([[0, 90], [90, 90]], np.float32)]
    monkeypatch.setattr(pair_batches, "redraw_sketch", lambda lines, rng, **how: two)
    monkeypatch.setattr(pair_batches, "MIN_COMPLETION", 0.5)
    seen = []

    def record(whole, drawing, completion, rng, line_width):
        seen.append(drawing)
        return whole

    monkeypatch.setattr(pair_batches, "partial_sketch", record)
    of = pairs(photos=20, each=1)
    batches(of, identities=20, redraw=1.0, partial=1.0)[0]
    assert seen == [None] * 20
    seen.clear()
    drawn = PreparedPairs(**{**vars(of), "drawings": (UPRIGHT,) * 20})
    batches(drawn, identities=20, redraw=1.0, partial=1.0)[0]
    assert len(seen) == 20
    assert all(drawing is two for drawing in seen)


def test_partial_sketches_with_strokes_are_the_first_strokes():
    of = pairs(photos=20, each=1)
    foot_last = [np.array([[0, 0], [0, 100]], np.float32), np.array([[0, 100], [90, 100]])]
    drawn = PreparedPairs(**{**vars(of), "drawings": (foot_last,) * 20})
    sketches = batches(drawn, identities=20, augment=False, partial=1.0)[0][0]["sketch"]
    for sketch in sketches:
        rows, columns = np.nonzero(sketch[..., 0] < 200)
        assert np.ptp(rows) > SIZE / 2, "the upright comes first, and fills the height"
        assert np.ptp(columns) < SIZE * 0.8


def test_photos_without_sketches_have_their_share_of_a_batch():
    of = pairs(photos=20, sketched=8)
    inputs, labels = batches(of, identities=8, unlabelled=0.25, sketches_per_identity=2)[0]
    assert (labels >= 8).sum() == 2 * 2
    assert (labels < 8).sum() == 6 * 2
    simulated = inputs["sketch"][labels >= 8]
    assert (simulated < 192).any(axis=(1, 2, 3)).all()
    only_labelled = batches(of, identities=8)
    assert all((only_labelled.batch(0, step)[1] < 8).all() for step in range(3))


def test_a_batch_may_be_entirely_unlabelled():
    labels = batches(pairs(photos=20, sketched=8), unlabelled=1.0)[0][1]
    assert len(labels) == 4
    assert (labels >= 8).all()


def test_photos_alone_all_have_simulated_sketches():
    inputs, labels = batches(pairs(photos=20, sketched=0), identities=8)[0]
    assert len(set(labels.tolist())) == 8
    assert (inputs["sketch"] < 192).any(axis=(1, 2, 3)).all()


def test_one_photo_alone_or_one_with_a_sketch_is_too_little():
    for photos, sketched in ((1, 0), (20, 1)):
        with pytest.raises(InputError, match="at least 2 photos with sketches"):
            batches(pairs(photos=photos, sketched=sketched))


def test_the_target_dataset_has_its_share_beside_auxiliary_ones():
    target = [f"p{i}" for i in range(4)]
    labels = batches(pairs(photos=40), identities=8, target=target, auxiliary=0.5)[0][1]
    assert (labels < 4).sum() == 4
    assert (labels >= 4).sum() == 4
    alone = batches(pairs(photos=4), identities=4, target=target, auxiliary=0.5)[0][1]
    assert len(alone) == 4, "without auxiliary photos the target fills the batch"
    all_three = batches(
        pairs(photos=40, sketched=20), identities=8, target=target, auxiliary=0.25, unlabelled=0.25
    )[0][1]
    sides = np.histogram(all_three, bins=[0, 4, 20, 40])[0]
    assert sides.tolist() == [4, 2, 2]


def test_too_few_photos_with_sketches_are_one_clear_line():
    with pytest.raises(InputError, match="at least 2 photos with sketches"):
        batches(pairs(photos=5, sketched=1))


def test_a_share_of_unlabelled_photos_does_not_require_any():
    labels = batches(pairs(photos=8), identities=4, unlabelled=0.5)[0][1]
    assert len(np.unique(labels)) == 4


def test_batches_keep_up_with_training():
    """1,000 pictures a second and core at 96 px, once their strokes are extracted."""
    fast = batches(pairs(photos=48, side=canvas_for(96)), size=96, identities=48)
    fast.batch(0, 0)
    began = time.process_time()
    for step in range(5):
        fast.batch(1, step)
    assert 5 * 96 / (time.process_time() - began) > 1000
