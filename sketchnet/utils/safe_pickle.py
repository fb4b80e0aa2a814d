"""The program in a pickle, run by a machine that makes plain containers and nothing else.

A pickle names functions and calls them, and `pickle.load` obeys. This machine asks its user for a
stand-in for every name, and has no other way out. It also withstands what breaks the ordinary one:
a key of a million nested tuples (its hash overflows the stack), a number in a memo of 2^32 places
(seven bytes that take 32 GB), one tuple twice in a tuple, forty times over (its hash takes hours).
"""

from __future__ import annotations

import codecs
import pickletools
from collections.abc import Callable
from typing import Any, BinaryIO


class Refused(Exception):
    """The file holds something that is neither an array nor a plain container."""


class Note:
    """What the pickle said about one array or dtype; the arrays are made of the notes later."""

    __slots__ = ("arguments", "kind", "state")

    def __init__(self, kind: str, arguments: tuple[Any, ...]) -> None:
        self.kind, self.arguments = kind, arguments
        self.state: tuple[Any, ...] | None = None


class StandIn:
    """Stands for one global name, and may be called."""

    __slots__ = ("answer",)

    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer = answer


Resolve = Callable[[str, str], StandIn]
"""Called with module and name; raises Refused where that name is not for us."""

_KEYS = (str, bytes, int, float, complex, type(None))  # their hash takes no time to speak of
_LONGEST = 1 << 64  # integers: longer ones cannot even be printed
_VALUES = frozenset(
    [
        "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
        "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
        "BYTEARRAY8", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    ]
)  # fmt: skip
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def run(file: BinaryIO, resolve: Resolve) -> Any:
    """What the pickle in `file` makes, with notes in the place of arrays; protocols 0 to 5.

    Strings of Python 2 come as text of latin1, byte for byte. Raises Refused for all that is more
    than data, and ValueError or LookupError for a broken file.
    """
    machine = _Machine(resolve)
    while True:
        opcode = pickletools.code2op[file.read(1).decode("latin1")]  # type: ignore[attr-defined]
        if opcode.name == "STOP":
            return machine.stack.pop()
        machine.step(opcode.name, _argument(opcode, file))


def _argument(opcode: pickletools.OpcodeInfo, file: BinaryIO) -> Any:
    if opcode.name == "STRING":
        quoted = pickletools.read_stringnl(file, decode=False)
        return codecs.escape_decode(quoted)[0].decode("latin1")
    return None if opcode.arg is None else opcode.arg.reader(file)


class _Machine:
    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the stacks under the marks
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        push = self.stack.append
        match name:
            case "BINPUT" | "LONG_BINPUT" | "PUT":
                self.memo[argument] = self.stack[-1]
            case "MEMOIZE":
                self.memo[len(self.memo)] = self.stack[-1]
            case "BINGET" | "LONG_BINGET" | "GET":
                push(self.memo[argument])
            case _ if name in _VALUES:
                if isinstance(argument, int) and abs(argument) >= _LONGEST:
                    raise Refused("a whole number of more than 64 bits")
                push(argument)
            case _ if name in _CONSTANTS:
                push(_CONSTANTS[name])
            case "MARK":
                self.below.append(self.stack)
                self.stack = []
            case _ if name in _TUPLES:
                self._group(_TUPLES[name])
            case "TUPLE" | "LIST" | "DICT":
                items = self._since_mark()
                self.stack.append(_CONTAINERS[name](items))
            case "EMPTY_LIST":
                push([])
            case "EMPTY_DICT":
                push({})
            case "APPEND":
                self._extend([self.stack.pop()])
            case "APPENDS":
                self._extend(self._since_mark())
            case "SETITEM":
                pair = self.stack[-2:]
                del self.stack[-2:]
                self._update(pair)
            case "SETITEMS":
                self._update(self._since_mark())
            case "GLOBAL":
                push(self.resolve(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                last, module = self.stack.pop(), self.stack.pop()
                if not (isinstance(module, str) and isinstance(last, str)):
                    raise Refused("a name that is no text")
                push(self.resolve(module, last))
            case "REDUCE":
                arguments, called = self.stack.pop(), self.stack.pop()
                if not (isinstance(called, StandIn) and isinstance(arguments, tuple)):
                    raise Refused("a call of what is no function")
                push(called.answer(*arguments))
            case "BUILD":
                state, built = self.stack.pop(), self.stack[-1]
                if not (isinstance(built, Note) and isinstance(state, tuple)):
                    raise Refused("an attempt to change what is no array")
                built.state = state
            case "POP" if self.stack:
                self.stack.pop()
            case "POP" | "POP_MARK":
                self._since_mark()
            case "PROTO" | "FRAME":
                pass
            case _:
                raise Refused(f"an object (the opcode {name})")

    def _since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.below.pop()
        return items

    def _group(self, count: int) -> None:
        if len(self.stack) < count:
            raise ValueError("too few items for a tuple")
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def _extend(self, items: list[Any]) -> None:
        if type(self.stack[-1]) is not list:
            raise Refused("entries of what is no list")
        self.stack[-1].extend(items)

    def _update(self, items: list[Any]) -> None:
        if type(self.stack[-1]) is not dict:
            raise Refused("entries of what is no dict")
        self.stack[-1].update(dict_of(items))


def dict_of(items: list[Any]) -> dict[Any, Any]:
    """A dict of keys and values in turn; raises Refused where a key is no text and no number."""
    for key in items[::2]:
        if not isinstance(key, _KEYS):
            raise Refused(f"a key of type {type(key).__name__}")
    return dict(zip(items[::2], items[1::2], strict=True))


_CONTAINERS: dict[str, Callable[[list[Any]], Any]] = {"TUPLE": tuple, "LIST": list, "DICT": dict_of}
