"""The figures of the report: matplotlib drawings as SVG that takes its colors and fonts from the page.

Colors are drawn with stand-in values and replaced by CSS variables afterwards, so that one figure serves
light, dark and print. The palette is that of Okabe and Ito (2008), safe for the color-blind. No figure asks
for a font or a file, and the same data give the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_DAY, NS_PER_S, tai_ns_to_utc_ns
from skypact.catalog.density import shell_volume_km3, time_in_shells
from skypact.node.views import wording
from skypact.node.views.report import (
    ASSET,
    DEBRIS,
    DECISION_LEAD_D,
    FOLDED,
    LISTED,
    PAYLOAD,
    ROCKET_BODY,
    UNKNOWN,
    ReportData,
)

Floats = NDArray[np.float64]

INK, SOFT, GRID, PAPER = "#010101", "#020202", "#030303", "#040404"
BLUE, ORANGE, RED, GREEN, GRAY = "#0a0101", "#0a0202", "#0a0303", "#0a0404", "#0a0505"
_VARIABLES = {
    INK: "ink", SOFT: "soft", GRID: "grid", PAPER: "paper", BLUE: "blue", ORANGE: "orange", RED: "red",
    GREEN: "green", GRAY: "gray",
}  # fmt: skip
"""Stand-in colors and the CSS variables that take their place."""

ALTITUDES_KM = np.arange(200.0, 2001.0, 20.0)
BIN_HOURS = 6.0
"""Width of the bars of encounters over time, for windows of more than two days (else one hour)."""
BOARD_POINTS_MAX = 400
"""Conjunctions drawn in the decision board, the most probable first."""
MAP_RASTER_DPI = 150
_DRAG_ALTITUDE_TOP_KM = 2000.0
LONG_WINDOW_H = 48.0
"""Windows longer than this have a mark for each day."""
MIDDLE_WINDOW_H = 12.0
"""Shorter windows have a mark for each hour, others one for each six hours."""
DAY_H = 24.0
LABEL_TURNS_AT = 0.8
"""Part of the window after which a label stands left of its point, so that it stays inside."""
_MISS_FLOOR_KM = 1e-3
"""Smaller miss distances are drawn here: below a meter element sets say nothing."""

_MISS_TICKS_KM = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


def _tick(km: float) -> str:
    """Label a tick of a distance axis."""
    return f"{km * 1000.0:g} m" if km < 1.0 else f"{km:g} km"


def all_figures(data: ReportData) -> dict[str, str]:
    """Return every figure as SVG text by name; a figure without data is an empty text."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    style: Any = {
        "svg.fonttype": "none", "svg.hashsalt": "skypact", "font.size": 9.0, "font.family": "DejaVu Sans",
        "text.color": INK, "axes.labelcolor": SOFT, "axes.edgecolor": GRID, "xtick.color": SOFT,
        "ytick.color": SOFT, "axes.facecolor": "none", "figure.facecolor": "none", "axes.spines.top": False,
        "axes.spines.right": False, "axes.grid": True, "grid.color": GRID, "grid.linewidth": 0.6,
        "axes.axisbelow": True, "xtick.major.size": 0.0, "ytick.major.size": 0.0, "ytick.minor.size": 0.0,
        "xtick.minor.size": 0.0, "legend.frameon": False, "legend.fontsize": 8.5, "axes.titlesize": 9.5,
    }  # fmt: skip
    drawn: dict[str, str] = {}
    with mpl.rc_context(style):
        for name, (draw, size, title, about) in _FIGURES.items():
            figure = Figure(figsize=size, layout="constrained")
            FigureCanvasSVG(figure)
            drawn[name] = _svg(figure, name, title, about) if draw(figure, data) else ""
    return drawn


def _svg(figure: Any, name: str, title: str, about: str) -> str:
    """Write a figure as SVG: accessible, without metadata, colored by the page."""
    stream = io.StringIO()
    quiet = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", transparent=True, metadata=quiet, dpi=MAP_RASTER_DPI)
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    for color, variable in _VARIABLES.items():
        text = text.replace(color, f"var(--{variable})")
    text = re.sub(r"font: ([0-9.]+px) [^;\"]*", r"font-size: \1", text)
    text = re.sub(r"font-family: [^;\"]*;?", "", text)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'\b(id="|url\(#|xlink:href="#)', rf"\1{name}-", text)
    width, height = (float(v) * 72.0 for v in figure.get_size_inches())
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'viewBox="0 0 {width:g} {height:g}" aria-labelledby="{name}-title {name}-desc" class="figure">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(about)}</desc>'
    )
    text = re.sub(r"<svg[^>]*>", lambda _: head, text, count=1)
    return re.sub(r"\n\s*", "\n", text)


def _hours(data: ReportData, tai_ns: Any) -> Floats:
    """Return hours since the start of the window."""
    return np.asarray((np.asarray(tai_ns) - data.start_tai_ns) / (3600.0 * NS_PER_S), dtype=np.float64)


def _time_axis(axes: Any, data: ReportData) -> None:
    """Mark days at midnight UTC (or every few hours in short windows)."""
    day_ns = NS_PER_DAY
    start_utc = int(tai_ns_to_utc_ns(data.start_tai_ns))
    offset_h = ((start_utc + day_ns // 2) % day_ns) / (3600.0 * NS_PER_S)
    step = DAY_H if data.hours > LONG_WINDOW_H else 6.0 if data.hours > MIDDLE_WINDOW_H else 1.0
    ticks = np.arange(-offset_h % step, data.hours + 1e-9, step)
    stamps = [data.start_tai_ns + round(float(t) * 3600.0) * NS_PER_S for t in ticks]
    whole = [wording.day(s) if step == DAY_H else wording.day_and_time(s)[-5:] for s in stamps]
    axes.set_xticks(ticks, whole)
    axes.set_xlim(0.0, data.hours)


def _timeline(figure: Any, data: ReportData) -> bool:
    """Encounters over the window, stacked by group."""
    if not len(data.encounters):
        return False
    axes = figure.add_subplot()
    width = BIN_HOURS if data.hours > LONG_WINDOW_H else max(data.hours / 24.0, 0.05)
    edges = np.append(np.arange(0.0, data.hours - 1e-9, width), data.hours)
    when = _hours(data, data.encounters.tca_tai_ns)
    bottom = np.zeros(len(edges) - 1)
    for group, color, label in (
        (FOLDED, GRAY, "folded"),
        (LISTED, BLUE, "listed"),
        (ASSET, ORANGE, "of assets"),
    ):
        number = np.histogram(when[data.encounters.group == group], edges)[0]
        if number.any():
            axes.bar(
                edges[:-1], number, np.diff(edges) * 0.92, bottom, align="edge", color=color, label=label
            )
        bottom = bottom + number
    axes.set_ylabel(f"encounters per {width:g} h")
    axes.grid(axis="x", visible=False)
    axes.set_ylim(0.0, max(1.0, bottom.max()) * 1.16)
    axes.legend(loc="upper left", ncols=3)
    _time_axis(axes, data)
    return True


def _miss(figure: Any, data: ReportData) -> bool:
    """Number of encounters closer than r, against the law of chance."""
    miss = np.sort(data.encounters.miss_km)
    if len(miss) < 2:
        return False
    axes = figure.add_subplot()
    limit, total = data.threshold_km, len(miss)
    r = np.geomspace(max(_MISS_FLOOR_KM, limit * total**-0.5 * 0.3), limit, 200)
    law = total * (r / limit) ** 2
    axes.fill_between(
        r,
        np.maximum(law - 2.0 * np.sqrt(law), 0.3),
        law + 2.0 * np.sqrt(law),
        color=GRID,
        linewidth=0.0,
        alpha=0.9,
    )
    axes.plot(r, law, color=SOFT, linewidth=1.0, linestyle=(0, (4, 3)), label="chance: N ∝ r² (band: ±2√N)")
    pick = np.unique(np.geomspace(1, total, 400).astype(np.int64)) - 1
    x = np.maximum(miss[pick], r[0])
    axes.step(x, pick + 1.0, where="post", color=BLUE, linewidth=1.8, label="this run")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(r[0], limit)
    axes.set_ylim(0.6, total * 1.5)
    axes.set_xlabel("miss distance r")
    axes.set_ylabel("encounters closer than r")
    ticks = [t for t in _MISS_TICKS_KM if r[0] <= t <= limit]
    axes.set_xticks(ticks, [_tick(t) for t in ticks])
    axes.set_xticks([], minor=True)
    axes.legend(loc="upper left")
    return True


def _altitude(figure: Any, data: ReportData) -> bool:
    """Density of the catalog and number of encounters by altitude, low Earth orbit."""
    catalog = data.catalog
    if not len(catalog):
        return False
    density_axes, encounter_axes = figure.subplots(1, 2, sharey=True)
    edges, middle = ALTITUDES_KM, (ALTITUDES_KM[1:] + ALTITUDES_KM[:-1]) / 2.0
    left = np.zeros(len(middle))
    volume = shell_volume_km3(edges) / 1e9
    for kind, color, label in (
        (PAYLOAD, BLUE, "payloads"), (ROCKET_BODY, ORANGE, "rocket bodies"), (DEBRIS, RED, "debris"),
        (UNKNOWN, GRAY, "unknown"),
    ):  # fmt: skip
        rows = catalog.kind == kind
        if not rows.any():
            continue
        number = time_in_shells(catalog.perigee_km[rows], catalog.apogee_km[rows], edges) / volume
        density_axes.barh(middle, number, 20.0, left, color=color, label=label)
        left = left + number
    density_axes.set_xlabel("objects per 10⁹ km³")
    density_axes.set_ylabel("altitude, km")
    density_axes.set_ylim(edges[0], edges[-1])
    density_axes.grid(axis="y", visible=False)
    density_axes.legend(loc="upper right")
    if len(data.encounters):
        left = np.zeros(len(middle))
        for group, color, label in (
            (FOLDED, GRAY, "folded"),
            (LISTED, BLUE, "listed"),
            (ASSET, ORANGE, "of assets"),
        ):
            here = data.encounters.altitude_km[data.encounters.group == group]
            number = np.histogram(here, edges)[0].astype(np.float64)
            if number.any():
                encounter_axes.barh(middle, number, 20.0, left, color=color, label=label)
            left = left + number
        encounter_axes.legend(loc="upper right")
    encounter_axes.set_xlabel("encounters per 20 km")
    encounter_axes.grid(axis="y", visible=False)
    return True


def _map(figure: Any, data: ReportData) -> bool:
    """Every object below 2,000 km by inclination and mean altitude."""
    catalog = data.catalog
    low = catalog.apogee_km < _DRAG_ALTITUDE_TOP_KM
    if not low.any():
        return False
    axes = figure.add_subplot()
    height = (catalog.apogee_km + catalog.perigee_km) / 2.0
    solid = {"#d55e00": DEBRIS, "#0072b2": PAYLOAD, "#e69f00": ROCKET_BODY, "#888888": UNKNOWN}
    labels = {DEBRIS: "debris", PAYLOAD: "payloads", ROCKET_BODY: "rocket bodies", UNKNOWN: "unknown"}
    names = {DEBRIS: RED, PAYLOAD: BLUE, ROCKET_BODY: ORANGE, UNKNOWN: GRAY}
    for color, kind in solid.items():
        rows = low & (catalog.kind == kind)
        if rows.any():
            axes.plot(
                catalog.inclination_deg[rows], height[rows], ".", markersize=2.2, markeredgewidth=0.0,
                color=color, alpha=0.55, rasterized=True,
            )  # fmt: skip
            axes.plot([], [], "o", markersize=4.5, markeredgewidth=0.0, color=names[kind], label=labels[kind])
    axes.set_xlabel("inclination, deg")
    axes.set_ylabel("mean altitude, km")
    axes.set_xlim(0.0, 150.0)
    axes.set_xticks(np.arange(0.0, 151.0, 15.0))
    axes.set_ylim(150.0, _DRAG_ALTITUDE_TOP_KM)
    axes.legend(loc="upper left", ncols=2, handletextpad=0.1)
    return True


def _ages(figure: Any, data: ReportData) -> bool:
    """Age of the element sets at the start of the window."""
    age = data.catalog.age_d
    if not len(age):
        return False
    axes = figure.add_subplot()
    edges = np.geomspace(0.02, 40.0, 45)
    axes.hist(np.clip(age, edges[0], edges[-1]), edges, color=BLUE, rwidth=0.92)
    axes.set_xscale("log")
    middle = float(np.median(age))
    if middle > edges[0]:
        axes.axvline(middle, color=ORANGE, linewidth=1.4)
        axes.annotate(
            f" median {wording.span(middle)}",
            (middle, 0.97),
            xycoords=("data", "axes fraction"),
            va="top",
            color=INK,
        )
    ticks = {1 / 24: "1 h", 0.25: "6 h", 1.0: "1 d", 3.0: "3 d", 7.0: "7 d", 30.0: "30 d"}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_xticks([], minor=True)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylabel("element sets")
    axes.grid(axis="x", visible=False)
    return True


def _board(figure: Any, data: ReportData) -> bool:
    """Conjunctions that matter, by time and miss distance, with the line of decision."""
    rows = sorted(data.top, key=lambda r: (not r.is_asset, -(r.pc_max or 0.0)))[:BOARD_POINTS_MAX]
    if not rows:
        return False
    axes = figure.add_subplot()
    hour = _hours(data, [r.tca_tai_ns for r in rows])
    miss = np.maximum([r.miss_km for r in rows], _MISS_FLOOR_KM)
    asset = np.array([r.is_asset for r in rows])
    wants = np.array([r.wants_decision for r in rows])
    due = float(_hours(data, data.present_tai_ns)) + DECISION_LEAD_D * 24.0
    axes.axvspan(0.0, min(due, data.hours), color=GRID, alpha=0.55, linewidth=0.0)
    if 0.0 < due < data.hours:
        axes.annotate(
            "decision due now ◂", (due, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 4),
            textcoords="offset points", ha="right", va="bottom", color=SOFT, fontsize=8.0,
        )  # fmt: skip
    axes.scatter(hour[~asset], miss[~asset], 13, color=BLUE, alpha=0.75, linewidths=0.0, label="listed")
    calm = asset & ~wants
    axes.scatter(hour[calm], miss[calm], 30, color=ORANGE, marker="D", linewidths=0.0, label="of assets")
    axes.scatter(
        hour[wants], miss[wants], 48, color=RED, marker="D", linewidths=0.0, label="wants a decision"
    )
    for k in np.flatnonzero(wants)[:8]:
        left = hour[k] > LABEL_TURNS_AT * data.hours
        axes.annotate(
            rows[k].name_1 or str(rows[k].norad_1), (hour[k], miss[k]), xytext=(-7 if left else 7, 0),
            textcoords="offset points", ha="right" if left else "left", va="center", fontsize=8.0,
            parse_math=False,
        )  # fmt: skip
    axes.set_yscale("log")
    axes.set_ylim(max(_MISS_FLOOR_KM, float(miss.min()) / 1.6), data.threshold_km * 1.3)
    ticks = [t for t in _MISS_TICKS_KM if axes.get_ylim()[0] <= t <= axes.get_ylim()[1]]
    axes.set_yticks(ticks, [_tick(t) for t in ticks])
    axes.set_yticks([], minor=True)
    axes.set_ylabel("miss distance")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1, ncols=3, handletextpad=0.1)
    _time_axis(axes, data)
    return True


_Draw = Callable[[Any, ReportData], bool]
_FIGURES: Mapping[str, tuple[_Draw, tuple[float, float], str, str]] = {
    "board": (
        _board, (9.0, 3.1), "Decision board",
        "Conjunctions by time of closest approach and miss distance; those of assets as diamonds. The shaded "
        "part of the window is closer than the two days that a decision takes.",
    ),
    "timeline": (
        _timeline, (9.0, 2.6), "Encounters over time",
        "Stacked bars of encounters over the window: folded, listed, of assets.",
    ),
    "miss": (
        _miss, (4.4, 3.4), "Distribution of miss distance",
        "Number of encounters closer than r on logarithmic axes, with the straight line of chance, N "
        "proportional to r squared.",
    ),
    "altitude": (
        _altitude, (9.0, 3.6), "Density by altitude",
        "Left: objects per billion cubic kilometers between 200 and 2,000 km altitude, by kind. Right: "
        "encounters of the window in the same bands.",
    ),
    "map": (
        _map, (4.4, 3.4), "Low Earth orbit by inclination and altitude",
        "One dot for each object with apogee below 2,000 km, colored by kind.",
    ),
    "ages": (
        _ages, (9.0, 2.2), "Age of data", "Histogram of the age of element sets at the start of the window.",
    ),
}  # fmt: skip
