"""The inputs of the doodle networks, and their batches."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data import doodle_batches
from sketchnet.data.doodle_batches import DoodleBatches
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.doodles import Doodles
from sketchnet.data.partial_sketch import MIN_DOODLE_COMPLETION, random_partial_drawing
from sketchnet.imaging.prepare import canvas_for, centre_view, prepare_sketch, rasterize
from sketchnet.strokes.formats import Drawing, ink_length, tidy, to_stroke3
from sketchnet.strokes.normalization import StrokeNormalization
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.utils.errors import InputError

SIZE = 48


def scribble(rng: np.random.Generator, strokes: int = 3) -> Drawing:
    return tidy([rng.uniform(0, 300, (int(n), 2)) for n in rng.integers(2, 9, strokes)])


@pytest.fixture
def drawings(rng: np.random.Generator) -> Doodles:
    labels = np.repeat(np.arange(5), [8, 12, 3, 20, 7]).astype(np.int32)
    return Doodles(
        PackedDrawings.of(scribble(rng) for _ in labels),
        labels,
        ("apple", "bus", "clock", "pear", "van"),
        tuple(f"key {row}" for row in range(len(labels))),
    )


def batches(drawings: Doodles, **options) -> DoodleBatches:
    options = {"categories": 4, "per_category": 3, "augment": False} | options
    return DoodleBatches(drawings, DoodleInputs(SIZE, 64), **options)


# Normalised offsets.


def test_normalisation_of_a_worked_example() -> None:
    known = StrokeNormalization((1.0, -2.0), (2.0, 4.0), (10.0, 20.0))
    drawing = [np.array([[13, 22], [15, 20]], np.float32), np.array([[15, 16]], np.float32)]
    expected = [[1.0, 1.0, 0], [0.5, 0.0, 1], [-0.5, -0.5, 1]]
    np.testing.assert_allclose(known.apply(drawing), expected, atol=1e-6)
    assert known.apply([]).shape == (0, 3)


def test_fitted_normalisation_gives_mean_0_and_standard_deviation_1(
    rng: np.random.Generator,
) -> None:
    drawings = [scribble(rng) for _ in range(50)]
    fitted = StrokeNormalization.fit(drawings)
    rows = np.concatenate([fitted.apply(drawing) for drawing in drawings])
    np.testing.assert_allclose(rows[:, :2].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(rows[:, :2].std(axis=0), 1, atol=1e-5)
    assert set(np.unique(rows[:, 2])) == {0, 1}


def test_normalisation_without_drawings_and_of_dots_is_finite() -> None:
    assert StrokeNormalization.fit([]) == StrokeNormalization()
    dots = [[np.zeros((1, 2), np.float32)]] * 3
    assert np.isfinite(StrokeNormalization.fit(dots).apply(dots[0])).all()
    with pytest.raises(ValueError, match="above 0"):
        StrokeNormalization(deviation=(0.0, 1.0))


def test_inputs_survive_json(rng: np.random.Generator) -> None:
    fitted = StrokeNormalization.fit([scribble(rng)])
    inputs = DoodleInputs(80, 100, fitted)
    assert DoodleInputs.from_json(json.loads(json.dumps(inputs.to_json()))) == inputs


# One doodle.


def test_strokes_and_an_uploaded_picture_give_similar_pictures(rng: np.random.Generator) -> None:
    inputs = DoodleInputs(96)
    drawing = scribble(rng)
    shown = inputs.batch([drawing, rasterize(drawing, 300, width=9.0, fill=0.6)])
    pictures = shown["picture"][..., 0]
    assert shown["picture"].shape == (2, 96, 96, 1)
    assert np.corrcoef(pictures[0].ravel(), pictures[1].ravel())[0, 1] > 0.9
    canvas = canvas_for(96)
    np.testing.assert_array_equal(pictures[0], centre_view(rasterize(drawing, canvas), 96))
    assert np.abs(pictures[0] - centre_view(prepare_sketch(drawing, canvas), 96)).mean() < 8
    np.testing.assert_array_equal(shown["has_picture"], [[1], [1]])
    np.testing.assert_array_equal(shown["has_strokes"], [[1], [0]])
    np.testing.assert_array_equal(shown["length"], [sum(map(len, drawing)), 0])
    assert not shown["strokes"][1].any()


@given(scale=st.floats(0.05, 40), x=st.floats(-500, 500), y=st.floats(-500, 500))
def test_scale_and_position_do_not_matter(scale: float, x: float, y: float) -> None:
    drawing = scribble(np.random.default_rng(4))
    moved = [(stroke * scale + [x, y]).astype(np.float32) for stroke in drawing]
    inputs = DoodleInputs(SIZE)
    np.testing.assert_allclose(inputs.strokes(moved), inputs.strokes(drawing), atol=0.01)
    difference = inputs.prepared(moved).astype(float) - inputs.prepared(drawing)
    assert np.abs(difference).mean() < 2


def test_the_inputs_of_an_empty_drawing_and_of_a_dot_are_finite() -> None:
    shown = DoodleInputs(SIZE).batch([[], [np.array([[5.0, 5.0]], np.float32)]])
    assert (shown["picture"][0] == 255).all()
    assert (shown["picture"][1] < 200).any()
    np.testing.assert_array_equal(shown["length"], [0, 1])
    np.testing.assert_array_equal(shown["has_strokes"], [[0], [1]])
    assert all(np.isfinite(values).all() for values in shown.values())


def test_a_long_drawing_is_simplified_and_not_cut_off(rng: np.random.Generator) -> None:
    turn = np.linspace(0, 40 * np.pi, 4000)
    spiral = tidy([np.column_stack([turn * np.cos(turn), turn * np.sin(turn)])])
    inputs = DoodleInputs(SIZE, max_points=60)
    assert len(spiral[0]) > 60
    rows = inputs.strokes(spiral)
    assert len(rows) <= 60
    assert rows[-1, 2] == 1  # the last point, where the pen was lifted
    many = [rng.uniform(0, 255, (2, 2)).astype(np.float32) for _ in range(100)]
    assert inputs.strokes(many).shape == (60, 3)


def test_sequences_are_padded_to_few_lengths() -> None:
    inputs = DoodleInputs(SIZE, max_points=100)
    lengths = {inputs.padded_length(np.array([n])) for n in range(101)}
    assert lengths == {8, 16, 24, 32, 48, 64, 96, 100}
    assert all(inputs.padded_length(np.array([n])) >= n for n in range(101))


# Partial drawings.


def test_a_partial_drawing_is_the_first_part_of_the_whole(rng: np.random.Generator) -> None:
    drawing = scribble(rng, 5)
    whole = ink_length(drawing)
    shares = []
    for _ in range(300):
        part = random_partial_drawing(drawing, rng)
        for stroke, original in zip(part[:-1], drawing, strict=False):
            np.testing.assert_array_equal(stroke, original)
        shares.append(ink_length(part) / whole)
    first_stroke = ink_length(drawing[:1]) / whole
    assert min(shares) >= min(MIN_DOODLE_COMPLETION, first_stroke) - 1e-3
    assert max(shares) <= 1 + 1e-6
    assert np.unique(np.round(shares, 3)).size > 50  # cut inside strokes, too
    ends = [ink_length(drawing[: n + 1]) / whole for n in range(5)]
    assert all(np.isclose(shares, end, atol=1e-4).any() for end in ends)


def test_picture_and_strokes_show_the_same_part(drawings: Doodles) -> None:
    """The rasterized sequence is the picture."""
    batch, _ = batches(drawings, partial=1.0).batch(0, 0)
    known = StrokeNormalization()
    canvas = canvas_for(SIZE)
    n_whole = 0
    for row, length in enumerate(batch["length"]):
        rows = batch["strokes"][row, :length].copy()
        rows[:, :2] = rows[:, :2] * known.deviation + known.mean
        points = np.cumsum(rows[:, :2], axis=0) + known.start
        part = np.split(points.astype(np.float32), np.flatnonzero(rows[:, 2]) + 1)
        part = [stroke for stroke in part if len(stroke)]
        drawn = centre_view(rasterize(part, canvas), SIZE).astype(float)
        assert np.abs(drawn - batch["picture"][row, ..., 0]).mean() < 1
        low, high = np.concatenate(part).min(axis=0), np.concatenate(part).max(axis=0)
        assert (high - low).max() == pytest.approx(255, abs=0.5)  # scaled by the part alone
        n_whole += any(length == len(to_stroke3(drawing)) for drawing in drawings.drawings)
    assert n_whole < len(batch["length"])


# Batches.


def test_a_batch_has_the_documented_shapes_and_types(drawings: Doodles) -> None:
    batch, labels = batches(drawings, augment=True, partial=0.5, drop_input=0.5).batch(0, 0)
    assert {name: (value.shape, str(value.dtype)) for name, value in batch.items()} == {
        "picture": ((12, SIZE, SIZE, 1), "float32"),
        "strokes": ((12, batch["strokes"].shape[1], 3), "float32"),
        "length": ((12,), "int32"),
        "has_picture": ((12, 1), "float32"),
        "has_strokes": ((12, 1), "float32"),
    }
    assert labels.dtype == np.int32
    assert batch["picture"].min() >= 0
    assert batch["picture"].max() == 255
    for rows, length in zip(batch["strokes"], batch["length"], strict=True):
        assert rows[length - 1, 2] == 1
        assert not rows[length:].any()


@pytest.mark.parametrize("order", ["balanced", "shuffled"])
def test_a_batch_depends_only_on_seed_epoch_and_step(drawings: Doodles, order) -> None:
    options = {"order": order, "augment": True, "partial": 0.5, "drop_input": 0.3, "steps": 4}
    first, second = (batches(drawings, **options) for _ in range(2))
    wanted, labels = first.batch(3, 1)
    for step in range(4):
        second[step]
    second.epoch = 3
    again, same_labels = second[1]
    np.testing.assert_array_equal(labels, same_labels)
    for name, value in wanted.items():
        np.testing.assert_array_equal(value, again[name])
    other, _ = batches(drawings, seed=1, **options).batch(3, 1)
    assert not np.array_equal(other["picture"], wanted["picture"])


def test_balanced_batches_are_p_groups_of_k(drawings: Doodles) -> None:
    data = batches(drawings, steps=6)
    for step in range(6):
        _, labels = data[step]
        groups = labels.reshape(-1, 3)
        assert len(groups) == 4
        assert (groups == groups[:, :1]).all()
        assert len(np.unique(labels)) >= 3  # the groups of a category are spread over the round
    few = batches(drawings, categories=50)
    assert few.batch_size == 15
    assert len(few) == round(50 / 15)


def test_shuffled_batches_take_every_doodle_once_an_epoch(drawings: Doodles) -> None:
    data = batches(drawings, order="shuffled", categories=5, per_category=2, steps=5)
    for epoch in range(2):
        labels = np.concatenate([data.batch(epoch, step)[1] for step in range(5)])
        np.testing.assert_array_equal(np.bincount(labels), drawings.counts())


def test_every_doodle_comes_once_a_round_and_equal_categories_alternate(rng) -> None:
    """8, 8 and 3 doodles in groups of 2: 4, 4 and 2 groups a round, the last one filled up."""
    labels = np.repeat([0, 1, 2], [8, 8, 3]).astype(np.int32)
    data = Doodles(
        PackedDrawings.of([scribble(rng) for _ in labels]), labels, ("a", "b", "c"),
        tuple(map(str, range(len(labels)))),
    )  # fmt: skip
    sampler = batches(data, categories=2, per_category=2).sampler
    rows = np.concatenate([sampler.rows(batch) for batch in range(5)])
    counts = np.bincount(rows, minlength=len(labels))
    assert (counts[:16] == 1).all()
    assert sorted(counts[16:]) == [1, 1, 2]
    equal = [label for label in labels[rows].reshape(-1, 2)[:, 0] if label < 2]
    assert all(set(equal[at : at + 2]) == {0, 1} for at in range(0, 8, 2))
    next_round = np.concatenate([sampler.rows(batch) for batch in range(5, 10)])
    assert not np.array_equal(rows, next_round)


def test_one_of_the_inputs_is_dropped_in_a_share_of_the_rows(drawings: Doodles) -> None:
    data = batches(drawings, drop_input=0.5, steps=60)
    has = np.concatenate(
        [np.hstack([x["has_picture"], x["has_strokes"]]) for x, _ in (data[s] for s in range(60))]
    )
    assert (has.sum(axis=1) >= 1).all()
    np.testing.assert_allclose((has == 0).mean(axis=0), [0.25, 0.25], atol=0.06)


def test_pictures_without_strokes_keep_their_picture(rng: np.random.Generator) -> None:
    bitmap = rasterize(scribble(rng), 28)
    data = Doodles(
        PackedDrawings.of([scribble(rng), None]), np.arange(2, dtype=np.int32), ("a", "b"),
        ("1", "2"), {1: bitmap},
    )  # fmt: skip
    for augment in (False, True):
        batch, labels = batches(data, categories=2, drop_input=1.0, augment=augment).batch(0, 0)
        bitmaps = labels == 1
        assert (batch["has_picture"][bitmaps] == 1).all()
        assert (batch["has_strokes"][bitmaps] == 0).all()
        assert (batch["picture"][bitmaps].min(axis=(1, 2, 3)) < 100).all()
        assert (batch["length"][bitmaps] == 0).all()


def test_a_traced_bitmap_is_augmented_as_a_drawing_without_order(rng: np.random.Generator) -> None:
    drawing = scribble(rng)
    data = Doodles(
        PackedDrawings.of([scribble(rng), drawing]), np.arange(2, dtype=np.int32), ("a", "b"),
        ("1", "2"), {1: rasterize(drawing, 28)},
    )  # fmt: skip
    plain, labels = batches(data, categories=2, augment=False, partial=1.0).batch(0, 0)
    row = int(np.flatnonzero(labels == 1)[0])
    assert plain["has_strokes"][row] == plain["length"][row] == 0
    size = plain["picture"].shape[1]
    expected = centre_view(rasterize(drawing, canvas_for(size)), size)
    np.testing.assert_array_equal(plain["picture"][row, :, :, 0], expected)


def test_frequencies_are_the_shares_of_the_categories_in_the_batches(drawings: Doodles) -> None:
    few = drawings.take(np.flatnonzero((drawings.labels > 0) | (np.arange(len(drawings)) < 2)))
    for balance in (0.0, 1.0):
        data = batches(few, balance=balance, categories=5, per_category=2, steps=50)
        labels = np.concatenate([data[step][1] for step in range(50)])
        shares = np.bincount(labels, minlength=5) / len(labels)
        np.testing.assert_allclose(data.frequencies(), shares, atol=0.02)


def test_categories_with_digits_are_never_mirrored(drawings: Doodles, monkeypatch) -> None:
    seen: dict[str, set[bool]] = {}
    name = ["?"]

    def spy(drawing: Drawing, rng: np.random.Generator, *, mirror: bool, strength: float):
        seen.setdefault(name[0], set()).add(mirror)
        return drawing

    monkeypatch.setattr(doodle_batches, "augment_drawing", spy)
    data = batches(drawings, augment=True)
    rng = np.random.default_rng(0)
    for row, label in enumerate(drawings.labels):
        name[0] = drawings.categories[label]
        for _ in range(6):
            data._make_row(row, rng)
    assert seen["clock"] == {False}
    assert seen["apple"] == seen["van"] == {False, True}


def test_one_category_is_not_enough_to_train_on(drawings: Doodles) -> None:
    with pytest.raises(InputError, match="at least 2 categories"):
        batches(drawings.take(np.arange(5)))


def test_keras_takes_the_steps_in_their_order(drawings: Doodles) -> None:
    """Through Keras' own adapter, as `fit` with `shuffle=False` does."""
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    data = batches(drawings, steps=3)
    for epoch in range(2):
        data.epoch = epoch
        adapter = PyDatasetAdapter(data, shuffle=False)
        found = [labels for _, labels in adapter.get_numpy_iterator()]
        wanted = [data.batch(epoch, step)[1] for step in range(3)]
        np.testing.assert_array_equal(np.stack(found), np.stack(wanted))


def test_only_the_inputs_that_the_network_reads_are_made(drawings: Doodles) -> None:
    options = {"augment": True, "partial": 0.5, "drop_input": 0.3}
    everything, _ = batches(drawings, **options).batch(0, 0)
    strokes, _ = batches(drawings, only=("strokes", "length"), **options).batch(0, 0)
    assert list(strokes) == ["strokes", "length"]
    picture, _ = batches(drawings, only=["picture"], **options).batch(0, 0)
    np.testing.assert_array_equal(picture["picture"], everything["picture"])
    assert (strokes["length"] > 0).all()


def test_bucketed_batches_are_padded_to_their_longest_drawing(drawings: Doodles) -> None:
    made = batches(drawings, bucket=True, steps=9)
    whole = batches(drawings, steps=9)
    shapes = [made[step][0]["strokes"].shape[1] for step in range(9)]
    assert shapes[0] == 64
    assert shapes[1] != shapes[0], "Keras learns from the first two that the length varies"
    assert {whole[step][0]["strokes"].shape[1] for step in range(9)} == {64}
    for step in range(9):
        (inputs, labels), again = made.batch(2, step), made.batch(2, step)
        assert inputs["length"].max() <= inputs["strokes"].shape[1]
        assert all((inputs[name] == again[0][name]).all() for name in inputs)
        assert (labels.reshape(4, 3) == labels.reshape(4, 3)[:, :1]).all(), "K of each category"
    assert drawings.drawings.lengths.tolist() == [
        sum(map(len, drawing)) for drawing in drawings.drawings
    ]
