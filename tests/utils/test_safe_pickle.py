"""The check before unpickling: bounded cost, whatever the opcodes say."""

from __future__ import annotations

import io
import pickle
import pickletools
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.utils import safe_pickle
from sketchnet.utils.safe_pickle import Refused, StandIn, check_pickle, load_pickle

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False)
    | st.text() | st.binary(),
    lambda parts: st.lists(parts) | st.tuples(parts, parts)
    | st.dictionaries(st.text() | st.integers(-9, 9), parts),
    max_leaves=30,
)  # fmt: skip


def refuse(module: str, name: str) -> StandIn:
    if (module, name) == ("_codecs", "encode"):  # how old protocols write bytes
        return StandIn(lambda text, encoding: text.encode(encoding))
    if (module, name) == ("__builtin__", "bytes"):
        return StandIn(bytes)
    raise Refused(f"{module}.{name}")


def load(content: bytes) -> object:
    return load_pickle(io.BytesIO(content), refuse)


@given(value=PLAIN, protocol=st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_plain_data_come_as_the_standard_unpickler_reads_them(value, protocol):
    content = pickle.dumps(value, protocol)
    assert load(content) == pickle.loads(content) == value
    assert load(pickletools.optimize(content)) == value


def test_reading_begins_at_the_position_of_the_file():
    file = io.BytesIO(b"header" + pickle.dumps([1, 2]))
    file.seek(6)
    assert load_pickle(file, refuse) == [1, 2]


TUPLE_KEYS = {
    "at once": b"}NN\x86Ns.",
    "empty": b"})Ns.",
    "in a batch": b"}(K\x01NNN\x86Nu.",
    "of a dict opcode": b"(NN\x86Nd.",
    "from the memo": b"NN\x86q\x00}h\x00Ns.",
    "from the memo of protocol 4": b"\x80\x04NN\x86\x94}h\x00Ns.",
    "past a state of nothing": b"}NN\x86NbNs.",
    "past a popped object": b"}NN\x86K\x010Ns.",
    "past a popped mark": b"}NN\x86(0Ns.",
    "past a group that is popped": b"}NN\x86(K\x01K\x021Ns.",
    "behind a mark": b"}((NN\x86tNu.",
}


@pytest.mark.parametrize("content", TUPLE_KEYS.values(), ids=TUPLE_KEYS.keys())
def test_a_tuple_is_never_a_key(content):
    """The standard unpickler accepts some of these; all are refused before it runs."""
    with pytest.raises(Refused, match="tuple as a key"):
        check_pickle(io.BytesIO(content))


def test_a_tuple_as_a_value_is_fine():
    content = pickle.dumps({"a": (1, (2, 3)), "b": [(4,)], 5: ()})
    assert load(content) == {"a": (1, (2, 3)), "b": [(4,)], 5: ()}


@pytest.mark.parametrize("index", [40, 1 << 20, (1 << 32) - 1])
def test_a_memo_index_beyond_the_program_is_refused(index):
    with pytest.raises(Refused, match="memo index"):
        check_pickle(io.BytesIO(b"\x80\x02Nr" + index.to_bytes(4, "little") + b"."))


def test_more_parts_than_fit_are_refused(monkeypatch):
    monkeypatch.setattr(safe_pickle, "MAX_PARTS", 100)
    check_pickle(io.BytesIO(pickle.dumps(list(range(90)))))
    with pytest.raises(Refused, match="more than 100 parts"):
        check_pickle(io.BytesIO(pickle.dumps(list(range(300)))))


def test_functions_of_the_reader_cannot_be_changed():
    """A state for a stand-in, plain or by slots."""
    for state in (b"}", b"N}X\x09\x00\x00\x00_function" + b"Ns\x86"):
        with pytest.raises(Refused, match="change a function"):
            load(b"c_codecs\nencode\n" + state + b"b.")


OPCODES = [
    *b"N K\x01 ( 0 1 2 t l d } ] a s u e b R ) o Q".split(),
    b"\x85", b"\x86", b"\x87", b"\x94", b"h\x00", b"q\x00", b"h\x01", b"q\x01", b"\x8f", b"\x90",
    b"\x81", b"\x93", b"c_codecs\nencode\n",
]  # fmt: skip


@settings(max_examples=300)
@given(opcodes=st.lists(st.sampled_from(OPCODES), max_size=40))
def test_any_program_ends_at_once_in_plain_data_or_an_exception(opcodes):
    start = time.process_time()
    try:
        found = load(b"".join(opcodes) + b".")
    except Exception:
        found = None
    assert time.process_time() - start < 1
    assert type(found) in {type(None), int, str, bytes, list, tuple, dict, StandIn}
