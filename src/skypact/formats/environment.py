"""CelesTrak's CSV files of Earth orientation (EOP) and space weather (SW): observed and predicted days.

The files of the IERS themselves are read by :mod:`skypact.formats.iers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.astro.earth import DailyColumns, EarthOrientation
from skypact.errors import FormatError
from skypact.formats.columns import Cells, floats_from_texts, ints_from_texts
from skypact.formats.csv_text import CsvText, split_csv
from skypact.formats.elements import Floats, Ints, Texts
from skypact.formats.omm_fields import text_column
from skypact.formats.reading import RawInput, ReadReport, Rejection

MJD_OF_UNIX_EPOCH = 40_587
_EOP_COLUMNS = ("X", "Y", "UT1-UTC", "LOD", "DX", "DY")
_SW_COLUMNS = (
    "F10.7_OBS",
    "F10.7_ADJ",
    "F10.7_OBS_CENTER81",
    "F10.7_OBS_LAST81",
    "F10.7_ADJ_CENTER81",
    "F10.7_ADJ_LAST81",
    "AP_AVG",
)
_EIGHTHS = range(1, 9)


@dataclass(frozen=True, eq=False)
class EopTable:
    """Earth orientation at 0h UTC of each day, days increasing; every column has shape (n,)."""

    daily: DailyColumns
    lod_s: Floats
    """Excess of the length of day over 86,400 s; NaN where the file has none."""
    predicted: NDArray[np.bool_]
    """False for measured days."""

    def __len__(self) -> int:
        return int(self.lod_s.shape[0])

    def orientation(self, source: str) -> EarthOrientation:
        """Return the table in the form that frames are computed with; ``source`` names it in messages.

        Raises
        ------
        FormatError
            If UT1 jumps by other than a leap second, or there are fewer than two days.
        """
        mjd = self.daily.mjd_utc
        future = np.flatnonzero(self.predicted)
        first_predicted_mjd = float(mjd[future[0]]) if future.size else float(mjd[-1]) + 1.0
        return EarthOrientation.from_daily(self.daily, predicted_from_mjd=first_predicted_mjd, source=source)


@dataclass(frozen=True, eq=False)
class SpaceWeatherTable:
    """Geomagnetic and solar activity of each day (UTC), days increasing; NaN where a value is not given."""

    mjd_utc: Floats
    kp: Floats
    """Planetary index of each 3 h, shape (n, 8), in units of Kp (the file has ten times Kp)."""
    ap: Floats
    """Planetary equivalent amplitude of each 3 h, shape (n, 8), in 2 nT."""
    ap_average: Floats
    f107_observed_sfu: Floats
    """Solar flux at 10.7 cm, 1e-22 W/m2/Hz, as observed; shape (n,)."""
    f107_adjusted_sfu: Floats
    """The same, adjusted to 1 AU."""
    f107_observed_center81_sfu: Floats
    """Mean of 81 days around the day."""
    f107_observed_last81_sfu: Floats
    f107_adjusted_center81_sfu: Floats
    f107_adjusted_last81_sfu: Floats
    kind: Texts
    """OBS observed, INT interpolated, PRD predicted daily, PRM predicted monthly."""

    def __len__(self) -> int:
        return int(self.mjd_utc.shape[0])


def read_eop_csv(raw: RawInput) -> tuple[EopTable, ReadReport]:
    """Read CelesTrak's EOP CSV. A bad day is a rejection; a gap of days is a warning.

    Raises
    ------
    FormatError
        If columns are missing or no good day is left.
    """
    sheet = split_csv(raw)
    columns = _required(sheet, raw, ("MJD", *_EOP_COLUMNS, "DATA_TYPE"))
    report = ReadReport(rejected=list(sheet.rejected))
    bad: dict[int, tuple[str, str]] = {}
    days, found = ints_from_texts(columns["MJD"], missing=-1)
    _note(bad, "MJD", found)
    values = {}
    for title in _EOP_COLUMNS:
        values[title], found = floats_from_texts(columns[title])
        _note(bad, title, found)
    for title in ("X", "Y", "UT1-UTC"):
        _note(bad, title, dict.fromkeys(np.flatnonzero(np.isnan(values[title])).tolist(), "is missing"))
    rows = _good_days(days, bad, sheet, report, raw.name)
    daily = DailyColumns(
        mjd_utc=days[rows].astype(np.float64),
        x_pole_arcsec=values["X"][rows],
        y_pole_arcsec=values["Y"][rows],
        ut1_minus_utc_s=values["UT1-UTC"][rows],
        dx_arcsec=values["DX"][rows],
        dy_arcsec=values["DY"][rows],
    )
    return EopTable(daily, values["LOD"][rows], text_column(columns["DATA_TYPE"])[rows] == "P"), report


def read_space_weather_csv(raw: RawInput) -> tuple[SpaceWeatherTable, ReadReport]:
    """Read CelesTrak's space weather CSV. A bad day is a rejection; months without 3 h values have NaN.

    Raises
    ------
    FormatError
        If columns are missing or no good day is left.
    """
    sheet = split_csv(raw)
    eighths = [f"{index}{k}" for index in ("KP", "AP") for k in _EIGHTHS]
    columns = _required(sheet, raw, ("DATE", *eighths, *_SW_COLUMNS, "F10.7_DATA_TYPE"))
    report = ReadReport(rejected=list(sheet.rejected))
    bad: dict[int, tuple[str, str]] = {}
    days, found = _days(columns["DATE"])
    _note(bad, "DATE", found)
    values = {}
    for title in (*eighths, *_SW_COLUMNS):
        values[title], found = floats_from_texts(columns[title])
        _note(bad, title, found)
    rows = _good_days(days, bad, sheet, report, raw.name, monthly=True)
    table = SpaceWeatherTable(
        mjd_utc=days[rows].astype(np.float64),
        kp=np.stack([values[f"KP{k}"][rows] / 10 for k in _EIGHTHS], axis=1),
        ap=np.stack([values[f"AP{k}"][rows] for k in _EIGHTHS], axis=1),
        ap_average=values["AP_AVG"][rows],
        f107_observed_sfu=values["F10.7_OBS"][rows],
        f107_adjusted_sfu=values["F10.7_ADJ"][rows],
        f107_observed_center81_sfu=values["F10.7_OBS_CENTER81"][rows],
        f107_observed_last81_sfu=values["F10.7_OBS_LAST81"][rows],
        f107_adjusted_center81_sfu=values["F10.7_ADJ_CENTER81"][rows],
        f107_adjusted_last81_sfu=values["F10.7_ADJ_LAST81"][rows],
        kind=text_column(columns["F10.7_DATA_TYPE"])[rows],
    )
    return table, report


def _required(sheet: CsvText, raw: RawInput, titles: Sequence[str]) -> dict[str, Cells]:
    columns: dict[str, Cells] = {title.upper(): cells for title, cells in sheet.columns.items()}
    absent = [title for title in titles if title not in columns]
    if absent:
        raise FormatError(
            f"no column {', '.join(absent[:5])}",
            where=raw.at(1),
            remedy="CelesTrak's CSV of these data is read",
        )
    return columns


def _note(bad: dict[int, tuple[str, str]], title: str, found: dict[int, str]) -> None:
    for i, reason in found.items():
        bad.setdefault(i, (title, reason))


def _days(texts: Cells) -> tuple[Ints, dict[int, str]]:
    """Convert ISO dates to modified Julian days."""
    days = np.full(len(texts), -1, dtype=np.int64)
    problems: dict[int, str] = {}
    for i, text in enumerate(texts):
        try:
            days[i] = np.datetime64(text or "", "D").astype(np.int64) + MJD_OF_UNIX_EPOCH
        except ValueError:
            problems[i] = f"'{text}' is not a date"
    return days, problems


def _good_days(
    days: Ints,
    bad: dict[int, tuple[str, str]],
    sheet: CsvText,
    report: ReadReport,
    name: str,
    *,
    monthly: bool = False,
) -> Ints:
    """Return the rows that are good and later than all before them; report the others and gaps."""
    latest = -1
    rows: list[int] = []
    for i, day in enumerate(days.tolist()):
        if i not in bad and day <= latest:
            bad[i] = ("DATE", "is not later than the day before it")
        if i not in bad:
            rows.append(i)
            latest = day
    report.rejected.extend(
        Rejection(int(sheet.lines[i]), title, reason) for i, (title, reason) in bad.items()
    )
    report.rejected.sort(key=lambda rejection: rejection.line)
    if not rows:
        raise FormatError("no good day in it", where=name, remedy="fetch it again")
    report.accepted = len(rows)
    steps = np.diff(days[rows])
    if not monthly and (steps > 1).any():
        at = int(np.argmax(steps > 1))
        report.warnings.append(f"{name}: {int((steps > 1).sum())} gaps, the first after MJD {days[rows][at]}")
    return np.asarray(rows, dtype=np.int64)
