"""Every plug-in point of skypact, one sentence each; built-in parts have the same signature.

A plug-in is an installed Python package that names an object in its metadata: an entry point in the group of
the plug-in point, whose name is the word that people use. The rooms never look for plug-ins: ``node`` loads
them (:mod:`skypact.node.plugins`) and passes plain functions. A point without a built-in user and a test is
not added; :data:`VERSION` grows when a signature changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from skypact.conjunction.pc import PcMethod

VERSION = 1


@dataclass(frozen=True)
class PluginPoint:
    """One plug-in point: the group of its entry points, what it is for, and what it must be."""

    group: str
    about: str
    signature: type


PC_METHOD = PluginPoint(
    "skypact.pc_method",
    "Compute the collision probability of one encounter: offered as `skypact pc --method NAME`.",
    PcMethod,
)

PLUGIN_POINTS = (PC_METHOD,)
