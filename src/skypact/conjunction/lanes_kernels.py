"""One vector operation that numba has no words for, written in LLVM's portable vector code.

``append_overlaps`` compares sixteen intervals with one and appends the positions of those that overlap,
without a branch. On AVX-512 it becomes two compares, a compress and two stores; on every other machine that
LLVM knows it is correct code, only slower.
"""

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
"""Intervals compared by one call; arrays must be readable and lists writable this far past their end."""

_I1, _I16, _I32, _I64, _F32 = ir.IntType(1), ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
_FLOATS, _INTS, _MASK = (ir.VectorType(t, LANES) for t in (_F32, _I32, _I1))
_ALIGN_BYTES = 4


declare: Any = cgutils.get_or_insert_function


def _splat(builder: Any, scalar: Any, vector: Any) -> Any:
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(_I32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(_INTS, [0] * LANES))


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, at: Any, vector: Any) -> Any:
    data = context.make_array(array_type)(context, builder, value=array).data
    return builder.bitcast(builder.gep(data, [at]), vector.as_pointer())


def _append_overlaps(
    typing_context: Any, low: Any, high: Any, at: Any, first: Any, stop: Any, tag: Any, low_one: Any,
    high_one: Any, found: Any, count: Any,
) -> Any:  # fmt: skip
    """Append ``tag + at + k`` to ``found`` for each k < 16 whose interval meets [low_one, high_one].

    Only positions from ``first`` to before ``stop`` count. ``low`` and ``high`` are contiguous float32
    arrays, ``found`` is an int32 one with ``count`` entries. Returns the new count.
    """
    int64, float32 = numba.types.int64, numba.types.float32
    signature = int64(low, high, int64, int64, int64, int64, float32, float32, found, int64)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        low_, high_, at_, first_, stop_, tag_, low_one_, high_one_, found_, count_ = args

        def load(k: int, array: Any) -> Any:
            vector = builder.load(_pointer(context, builder, sig.args[k], array, at_, _FLOATS))
            vector.align = _ALIGN_BYTES
            return vector

        below = builder.fcmp_ordered("<=", load(0, low_), _splat(builder, high_one_, _FLOATS))
        above = builder.fcmp_ordered(">=", load(1, high_), _splat(builder, low_one_, _FLOATS))
        lanes = ir.Constant(_INTS, list(range(LANES)))
        # first <= at + lane < stop in one unsigned compare
        into = builder.sub(lanes, _splat(builder, builder.trunc(builder.sub(first_, at_), _I32), _INTS))
        length = _splat(builder, builder.trunc(builder.sub(stop_, first_), _I32), _INTS)
        mask = builder.and_(builder.and_(below, above), builder.icmp_unsigned("<", into, length))
        tagged = builder.add(lanes, _splat(builder, builder.trunc(builder.add(tag_, at_), _I32), _INTS))
        compress = declare(
            builder.module,
            ir.FunctionType(_INTS, [_INTS, _MASK, _INTS]),
            f"llvm.experimental.vector.compress.v{LANES}i32",
        )
        packed = builder.call(compress, [tagged, mask, ir.Constant(_INTS, ir.Undefined)])
        builder.store(
            packed, _pointer(context, builder, sig.args[8], found_, count_, _INTS)
        ).align = _ALIGN_BYTES
        bits = builder.bitcast(mask, _I16)
        return builder.add(count_, builder.zext(builder.ctpop(bits), _I64))

    return signature, generate


append_overlaps: Any = intrinsic(_append_overlaps)
