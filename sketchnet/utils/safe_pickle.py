"""Read a pickle as data: names in it give stand-ins of ours, and nothing that it names is called.

A pickle is a program: it names functions and calls them, and the standard unpickler obeys. Its
documented remedy is an allow-list in `find_class`, which `load_pickle` uses. Three things it cannot
prevent, so `check_pickle` reads the opcodes once before: a dict key of a million nested tuples (its
hash overflows the C stack), one tuple twice in a tuple, forty times over, as a key (its hash takes
hours), and a memo index of 2^32 (seven bytes that take 64 GB).
"""

from __future__ import annotations

import codecs
import pickle
import pickletools
from collections.abc import Callable
from typing import Any, BinaryIO

MAX_PARTS = 10_000_000
"""Objects of one pickle; in memory each takes about 70 bytes."""


class Refused(Exception):
    """The file holds something that is neither an array nor a plain container."""


class StandIn:
    """Stands for one global name of the pickle; calling it calls `function` of ours."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise Refused("an attempt to change a function")


Resolve = Callable[[str, str], StandIn]
"""Called with module and name; raises Refused for a name that is not on its list."""


def load_pickle(content: BinaryIO, resolve: Resolve) -> Any:
    """Unpickle from the position of `content`, protocols 0 to 5, with a stand-in for every name.

    Strings of Python 2 come as text of latin1, byte for byte. `content` must be in memory or mapped
    (`io.BytesIO`, `mmap.mmap`): its `read` then never allocates more than there is.

    Raises: Refused for what is more than data, and any exception for a broken pickle.
    """
    start = content.tell()
    check_pickle(content)
    content.seek(start)
    return _Unpickler(content, resolve).load()


class _Unpickler(pickle.Unpickler):
    """The standard unpickler with an allow-list of names."""

    def __init__(self, content: BinaryIO, resolve: Resolve) -> None:
        super().__init__(content, encoding="latin1")
        self._resolve = resolve

    def find_class(self, module: str, name: str) -> Any:
        return self._resolve(module, name)


_ATOMS = frozenset(
    [
        "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
        "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
        "BYTEARRAY8", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
        "NONE", "NEWTRUE", "NEWFALSE", "EMPTY_LIST", "EMPTY_DICT", "GLOBAL",
    ]
)  # fmt: skip
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MAX_INTEGER = 1 << 64  # longer ones cannot even be printed
_MARK = object()


def check_pickle(content: BinaryIO) -> None:
    """Read the opcodes once, in time and memory proportional to their number.

    The stack is followed only as far as tuples go: a tuple may not be a key of a dict. The memo's
    indices may not exceed the number of opcodes.

    Raises: Refused for an opcode that makes objects of classes, a set or a persistent object, for a
        tuple as a key, an integer of more than 64 bits and more than `MAX_PARTS` parts; ValueError
        or LookupError for a broken pickle.
    """
    program = _Program()
    while True:
        opcode = pickletools.code2op[content.read(1).decode("latin1")]  # type: ignore[attr-defined]
        if opcode.name == "STOP":
            return
        program.step(opcode.name, _argument(opcode, content))


def _argument(opcode: pickletools.OpcodeInfo, content: BinaryIO) -> Any:
    if opcode.name == "STRING":  # pickletools takes it for ASCII; Python 2 wrote any bytes
        quoted = pickletools.read_stringnl(content, decode=False)
        return codecs.escape_decode(quoted)[0]
    return None if opcode.arg is None else opcode.arg.reader(content)


class _Program:
    """The stack and the memo of a pickle, of which only is known what is a tuple."""

    def __init__(self) -> None:
        self.stack: list[Any] = []  # True for a tuple, False for another object, or _MARK
        self.memo: dict[int, bool] = {}
        self.steps = 0

    def step(self, name: str, argument: Any) -> None:
        self.steps += 1
        if self.steps > 2 * MAX_PARTS:  # every part may have its own opcode for the memo
            raise Refused(f"more than {MAX_PARTS:,} parts")
        stack = self.stack
        match name:
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                if not 0 <= argument <= self.steps:
                    raise Refused(f"a memo index of {argument}")
                self.memo[argument] = stack[-1]
            case "MEMOIZE":
                self.memo[len(self.memo)] = stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                stack.append(self.memo[argument])
            case "MARK":
                stack.append(_MARK)
            case _ if name in _ATOMS:
                if isinstance(argument, int) and abs(argument) >= _MAX_INTEGER:
                    raise Refused("an integer of more than 64 bits")
                stack.append(False)
            case _ if name in _TUPLES:
                self._pop(_TUPLES[name])
                stack.append(True)
            case "TUPLE" | "LIST" | "DICT":
                items = self._pop_to_mark()
                if name == "DICT":
                    _check_keys(items)
                stack.append(name == "TUPLE")
            case "APPEND":
                self._pop(1)
            case "APPENDS" | "POP_MARK":
                self._pop_to_mark()
            case "SETITEM":
                _check_keys(self._pop(2))
            case "SETITEMS":
                _check_keys(self._pop_to_mark())
            case "STACK_GLOBAL" | "REDUCE":  # our stand-ins never make a tuple
                self._pop(2)
                stack.append(False)
            case "BUILD" | "POP":
                stack.pop()
            case "PROTO" | "FRAME":
                pass
            case _:
                raise Refused(f"an object (the opcode {name})")

    def _pop(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise ValueError("too few items on the stack")
        items = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return items

    def _pop_to_mark(self) -> list[Any]:
        items: list[Any] = []
        while (item := self.stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]


def _check_keys(items: list[Any]) -> None:
    """Items are key, value, key, value and so on."""
    if any(is_tuple is not False for is_tuple in items[::2]):
        raise Refused("a tuple as a key")
