"""Pickled arrays are read unchanged, and everything else is refused."""

from __future__ import annotations

import collections
import contextlib
import io
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_arrays import load_arrays

PLAIN_DTYPES = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(endianness="?"),
    arrays.unsigned_integer_dtypes(endianness="?"),
    arrays.floating_dtypes(endianness="?"),
    arrays.complex_number_dtypes(endianness="?"),
    arrays.byte_string_dtypes(min_len=1, max_len=5),
    arrays.unicode_string_dtypes(min_len=1, max_len=5, endianness="?"),
)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "arrays.pkl"


@given(
    array=arrays.arrays(PLAIN_DTYPES, arrays.array_shapes(min_dims=0, min_side=0, max_side=4)),
    fortran=st.booleans(),
    protocol=st.integers(0, pickle.HIGHEST_PROTOCOL),
)
def test_every_plain_array_survives_every_protocol(tmp_path_factory, array, fortran, protocol):
    array = np.asfortranarray(array) if fortran else array
    path = tmp_path_factory.getbasetemp() / "array.pkl"
    read = load_arrays(written(path, pickle.dumps({"a": [array, (array,)]}, protocol)))
    np.testing.assert_array_equal(read["a"][0], array)
    assert read["a"][0].dtype == array.dtype.newbyteorder("=")
    assert read["a"][0].flags.writeable
    assert read["a"][1][0] is read["a"][0]  # shared parts stay shared


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_containers_survive(file, protocol):
    content = {
        "name": "fc7_sketch/biases",
        "bytes": b"\x00\xff",
        "empty": b"",
        "list": [1, 2.5, None, True, 3 + 2j],
        "scalars": (np.float32(0.5), np.int64(7), np.bool_(True)),
        "ordered": collections.OrderedDict(a=1, b=2),
    }
    read = load_arrays(written(file, pickle.dumps(content, protocol)))
    assert read == {**content, "ordered": {"a": 1, "b": 2}}
    assert type(read["scalars"][0]) is float
    assert type(read["ordered"]) is dict


@pytest.mark.parametrize("module", ["numpy.core", "numpy._core"])
def test_old_and_new_module_names_are_read(file, module):
    array = np.arange(6.0).reshape(2, 3)
    written_by_python3 = pickle.dumps(array, protocol=2).replace(
        b"numpy._core.", module.encode() + b"."
    )
    assert module.encode() + b".multiarray" in written_by_python3
    np.testing.assert_array_equal(load_arrays(written(file, written_by_python3)), array)


def test_a_python_2_pickle_is_read(file):
    # The bytes that cPickle, protocol 2, of Python 2 wrote for {"w": float32 [1, -1]}.
    raw = np.array([1, -1], "<f4").tobytes()
    content = (
        b"\x80\x02}U\x01wcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        b"K\x00\x85U\x01b\x87R(K\x01K\x02\x85cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x08" + raw + b"tbs."
    )
    read = load_arrays(written(file, content))
    assert list(read) == ["w"]
    np.testing.assert_array_equal(read["w"], np.array([1, -1], np.float32))


def test_published_weights_are_unwrapped(tmp_path):
    weights = {"conv1_s1": {"weights": np.ones((3, 3), np.float32), "biases": np.zeros(3)}}
    np.save(tmp_path / "weights.npy", weights)
    read = load_arrays(tmp_path / "weights.npy")
    np.testing.assert_array_equal(read["conv1_s1"]["weights"], weights["conv1_s1"]["weights"])


def test_a_plain_npy_is_an_array(tmp_path):
    np.save(tmp_path / "plain.npy", np.arange(5))
    np.testing.assert_array_equal(load_arrays(tmp_path / "plain.npy"), np.arange(5))


def test_arrays_of_arrays_keep_their_shape(tmp_path):
    ragged = np.empty((2, 1), object)
    ragged[0, 0], ragged[1, 0] = np.arange(3), "text"
    np.save(tmp_path / "ragged.npy", ragged)
    read = load_arrays(tmp_path / "ragged.npy")
    assert read.shape == (2, 1)
    assert read[1, 0] == "text"
    np.testing.assert_array_equal(read[0, 0], np.arange(3))


class Bomb:
    def __init__(self, call, *arguments):
        self.reduced = call, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_executed(tmp_path, file, protocol):
    trace = tmp_path / "executed"
    content = {"weights": np.ones(2), "bomb": Bomb(os.mkdir, str(trace))}
    with pytest.raises(InputError, match="mkdir"):
        load_arrays(written(file, pickle.dumps(content, protocol)))
    assert not trace.exists()
    pickle.loads(file.read_bytes())  # the bomb is live: an ordinary load does go off
    assert trace.exists()


def test_nothing_is_executed_inside_an_npy(tmp_path):
    trace = tmp_path / "executed"
    np.save(tmp_path / "bomb.npy", np.array([Bomb(os.mkdir, str(trace))], object))
    with pytest.raises(InputError, match="mkdir"):
        load_arrays(tmp_path / "bomb.npy")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("numpy", "load"),
        ("numpy.core.multiarray", "fromfile"),
        ("numpy._core.multiarray", "os.system"),
        ("numpy.core", "_reconstruct"),
        ("functools", "partial"),
        ("sketchnet.utils.safe_arrays", "load_arrays"),
    ],
)
def test_other_names_are_refused(file, module, name):
    for content in (f"c{module}\n{name}\n.".encode(), _stack_global(module, name)):
        with pytest.raises(InputError, match="nothing of it was executed"):
            load_arrays(written(file, content))


def _stack_global(module: str, name: str) -> bytes:
    texts = b"".join(b"\x8c" + bytes([len(t)]) + t.encode() for t in (module, name))
    return b"\x80\x04" + texts + b"\x93."


@pytest.mark.parametrize(
    "content",
    [
        b"cnumpy\nndarray\n}b.",  # a state for the stand-in
        b"cnumpy\nndarray\nN}\x86b.",  # the same through slots
        b"ccollections\nOrderedDict\n)\x81.",  # NEWOBJ instead of a call
        b"cnumpy\nndarray\n.",  # the type itself as content
        b"cnumpy\ndtype\n(U\x02f4tR.",  # a dtype alone
        b"]\x94h\x00a.",  # a list that holds itself
        b"Pnobody\n.",  # a persistent id
        b"\x8f.",  # a set
        b"\x82\x01.",  # an extension code
    ],
)
def test_crafted_programs_are_refused(file, content):
    with pytest.raises(InputError):
        load_arrays(written(file, content))


def _array_pickle(shape=(2,), dtype="f8", raw=b"\x00" * 16, order=b"<") -> bytes:
    """A pickle of an array put together from parts, so that these may be inconsistent."""
    file = io.BytesIO()
    file.write(
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
    )
    file.write(b"(K\x01(" + b"".join(b"J" + struct.pack("<i", n) for n in shape) + b"t")
    file.write(
        b"cnumpy\ndtype\nX" + struct.pack("<I", len(dtype)) + dtype.encode() + b"K\x00K\x01\x87R"
    )
    file.write(b"(K\x03X\x01\x00\x00\x00" + order + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb")
    file.write(b"\x89B" + struct.pack("<I", len(raw)) + raw + b"tb.")
    return file.getvalue()


def test_the_assembled_array_is_valid(file):
    np.testing.assert_array_equal(load_arrays(written(file, _array_pickle())), np.zeros(2))


@pytest.mark.parametrize(
    "parts",
    [
        {"shape": (3,)},
        {"shape": (-2, -1)},
        {"shape": (2**31 - 1, 2**31 - 1, 4)},
        {"raw": b""},
        {"dtype": "O8"},
        {"dtype": "V8"},
        {"dtype": "M8"},
        {"dtype": "f8,f8", "raw": b"\x00" * 32},
        {"order": b"!"},
    ],
    ids=str,
)
def test_inconsistent_arrays_are_refused(file, parts):
    with pytest.raises(InputError):
        load_arrays(written(file, _array_pickle(**parts)))


@pytest.mark.parametrize(
    "content", [b"", b"not a pickle", b"\x93NUMPY", b"\x93NUMPY\x01\x00\x04\x00{}{}"]
)
def test_broken_files_are_reported_in_one_line(file, content):
    with pytest.raises(InputError, match=r"arrays\.pkl") as caught:
        load_arrays(written(file, content))
    assert "\n" not in str(caught.value)


@settings(max_examples=200)
@given(cut=st.integers(0, 400), flipped=st.integers(0, 400), value=st.integers(0, 255))
def test_a_damaged_file_gives_an_input_error_or_plain_data(tmp_path_factory, cut, flipped, value):
    content = bytearray(pickle.dumps({"a": np.arange(12.0), "b": [np.ones((2, 2), "i4")]}))
    content[flipped % len(content)] = value
    path = tmp_path_factory.getbasetemp() / "damaged.pkl"
    with contextlib.suppress(InputError):
        load_arrays(written(path, bytes(content[: max(1, len(content) - cut % len(content))])))


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        load_arrays(tmp_path / "nowhere.pkl")


def test_the_real_strokes_equal_those_of_the_ordinary_unpickler(real_data):
    path = real_data / "ChairV2" / "ChairV2_Coordinate"
    read, expected = load_arrays(path), pickle.loads(path.read_bytes())
    assert read.keys() == expected.keys()
    for key, array in expected.items():
        assert read[key].dtype == array.dtype
        np.testing.assert_array_equal(read[key], array)
