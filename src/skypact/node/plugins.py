"""Plug-ins of installed packages, found by their entry points (:mod:`skypact.hooks`)."""

from __future__ import annotations

from importlib.metadata import entry_points

from skypact.conjunction.pc import PC_METHODS, PcMethod
from skypact.errors import UsageError
from skypact.hooks import PC_METHOD


def pc_methods() -> dict[str, PcMethod]:
    """Return the methods of collision probability by name: the built-in ones, then those of plug-ins.

    Raises
    ------
    UsageError
        For a plug-in that cannot be loaded, is no function, or takes a name that is taken.
    """
    methods = dict(PC_METHODS)
    for point in entry_points(group=PC_METHOD.group):
        where = f"plug-in {point.dist.name if point.dist else '?'}: {point.name}"
        if point.name in methods:
            raise UsageError("the name of this method is taken", where=where, remedy="remove the package")
        try:
            method = point.load()
        except Exception as error:  # foreign code may fail in any way
            raise UsageError(
                f"cannot be loaded ({error})", where=where, remedy="repair or remove the package"
            ) from error
        if not callable(method):
            raise UsageError(f"{point.value} is not a function", where=where, remedy="remove the package")
        methods[point.name] = method
    return methods
