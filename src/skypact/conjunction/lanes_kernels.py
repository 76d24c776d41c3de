"""Two operations that numba has no words for, written in LLVM's portable code.

``append_overlaps`` compares sixteen intervals with each of a group and appends the pairs that overlap,
without a branch for each. On AVX-512 it becomes two compares, a compress and a store; on any machine that
LLVM knows it is correct code, only slower. ``fetch_ahead`` asks for a row of a table before it is needed.
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


def _append_overlaps(
    typing_context: Any, low: Any, high: Any, at: Any, stop: Any, begin: Any, end: Any, own: Any, shift: Any,
    found: Any, count: Any,
) -> Any:  # fmt: skip
    """Append the overlaps of the intervals ``begin`` to ``end`` with the sixteen from position ``at`` on.

    An overlap of ``begin + g`` with position p is the number ``(g << shift) + p``. Only positions before
    ``stop`` count and, where ``own`` is 1 (else 0), those above ``begin + g``. ``low`` and ``high`` are
    contiguous float32 arrays, ``found`` is an int32 one with ``count`` entries. Returns the new count.
    """
    int64 = numba.types.int64
    signature = int64(low, high, int64, int64, int64, int64, int64, int64, found, int64)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        low_, high_, at_, stop_, begin_, end_, own_, shift_, found_, count_ = args

        def data(k: int, array: Any) -> Any:
            return context.make_array(sig.args[k])(context, builder, value=array).data

        def splat_int(value: Any) -> Any:
            return _splat(builder, builder.trunc(value, _I32), _INTS)

        def load(pointer: Any) -> Any:
            vector = builder.load(builder.bitcast(builder.gep(pointer, [at_]), _FLOATS.as_pointer()))
            vector.align = _ALIGN_BYTES
            return vector

        lows, highs, numbers = data(0, low_), data(1, high_), data(8, found_)
        vector_low, vector_high = load(lows), load(highs)
        lanes = ir.Constant(_INTS, list(range(LANES)))
        positions = builder.add(lanes, splat_int(at_))
        in_range = builder.icmp_signed("<", positions, splat_int(stop_))
        one = ir.Constant(_I64, 1)
        tag_step = splat_int(builder.shl(one, shift_))
        floor = builder.sub(builder.mul(builder.add(begin_, one), own_), one)  # begin where own, else -1
        compress = declare(
            builder.module,
            ir.FunctionType(_INTS, [_INTS, _MASK, _INTS]),
            f"llvm.experimental.vector.compress.v{LANES}i32",
        )

        entry = builder.block
        body, done = builder.append_basic_block("overlaps.body"), builder.append_basic_block("overlaps.done")
        floors_before = splat_int(floor)
        builder.cbranch(builder.icmp_signed("<", begin_, end_), body, done)
        builder.position_at_end(body)
        index, total = builder.phi(_I64), builder.phi(_I64)
        tagged, floors = builder.phi(_INTS), builder.phi(_INTS)
        low_one = _splat(builder, builder.load(builder.gep(lows, [index])), _FLOATS)
        high_one = _splat(builder, builder.load(builder.gep(highs, [index])), _FLOATS)
        meets = builder.and_(
            builder.fcmp_ordered("<=", vector_low, high_one), builder.fcmp_ordered(">=", vector_high, low_one)
        )
        mask = builder.and_(builder.and_(meets, in_range), builder.icmp_signed(">", positions, floors))
        packed = builder.call(compress, [tagged, mask, ir.Constant(_INTS, ir.Undefined)])
        builder.store(
            packed, builder.bitcast(builder.gep(numbers, [total]), _INTS.as_pointer())
        ).align = _ALIGN_BYTES
        hits = builder.zext(builder.ctpop(builder.bitcast(mask, _I16)), _I64)
        total_after, index_after = builder.add(total, hits), builder.add(index, one)
        tagged_after = builder.add(tagged, tag_step)
        floors_after = builder.add(floors, splat_int(own_))
        builder.cbranch(builder.icmp_signed("<", index_after, end_), body, done)
        for phi, before, after in (
            (index, begin_, index_after), (total, count_, total_after), (tagged, positions, tagged_after),
            (floors, floors_before, floors_after),
        ):  # fmt: skip
            phi.add_incoming(before, entry)
            phi.add_incoming(after, body)
        builder.position_at_end(done)
        result = builder.phi(_I64)
        result.add_incoming(count_, entry)
        result.add_incoming(total_after, body)
        return result

    return signature, generate


append_overlaps: Any = intrinsic(_append_overlaps)


def _fetch_ahead(typing_context: Any, table: Any, row: Any) -> Any:
    """Begin to load ``table[row]`` of a contiguous two-dimensional array; any row number is harmless."""
    signature = numba.types.void(table, numba.types.int64)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = context.make_array(sig.args[0])(context, builder, value=args[0])
        columns = builder.extract_value(array.shape, 1)
        byte = ir.IntType(8).as_pointer()
        pointer = builder.bitcast(builder.gep(array.data, [builder.mul(args[1], columns)]), byte)
        prefetch = declare(
            builder.module, ir.FunctionType(ir.VoidType(), [byte, _I32, _I32, _I32]), "llvm.prefetch.p0"
        )
        read, keep, data = (ir.Constant(_I32, k) for k in (0, 3, 1))
        builder.call(prefetch, [pointer, read, keep, data])
        return context.get_dummy_value()

    return signature, generate


fetch_ahead: Any = intrinsic(_fetch_ahead)
