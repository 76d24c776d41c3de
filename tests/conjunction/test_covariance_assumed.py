"""Assumed covariances against precise orbits, and how they fall back."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from skypact.astro.local_axes import local_matrix
from skypact.conjunction.covariance_assumed import (
    HIGH_FLOOR_KM,
    LOW_FLOOR_KM,
    MANEUVER_INFLATION,
    SHARED_DATA_FACTOR,
    AssumedCovariance,
    assumed_by_regime,
    assumed_from_history,
    fit_growth,
)
from skypact.conjunction.covariance_history import (
    HistoryDifferences,
    history_differences,
    maneuver_gaps,
)
from skypact.formats.catalog_files import read_elements
from skypact.formats.elements import ElementTable
from skypact.formats.reading import RawInput
from skypact.orbits.sgp4 import Sgp4Models, propagate

DAY_NS = 86_400 * 10**9
J2000 = np.datetime64("2000-01-01T12:00:00", "ns")
INSIDE_997 = 14.16
"""99.7 % of the chi-square distribution with three degrees of freedom."""


def history_of(shared_data: Path, name: str) -> ElementTable:
    path = shared_data / "maneuvers" / f"{name}.tle.gz"
    return read_elements(RawInput(path.name, path.read_bytes()))[0]


def precise_orbit(shared_data: Path, start: str, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every ``step``-th state of an SP3 file in TAI and ITRF, turned to TEME by astropy: TAI ns, km, km/s."""
    from astropy import units as u
    from astropy.coordinates import ITRS, TEME, CartesianDifferential, CartesianRepresentation
    from astropy.time import Time
    from astropy.utils import iers

    (path,) = (shared_data / "orbits" / "sp3").glob(start + "*")
    times, position, velocity = [], [], []
    with gzip.open(path, "rt") as stream:
        for line in stream:
            if line.startswith("%c L"):
                assert line.split()[3] == "TAI"
            if line.startswith("*"):
                y, mo, d, h, mi = (int(x) for x in line.split()[1:6])
                stamp = np.datetime64(f"{y:04d}-{mo:02d}-{d:02d}T{h:02d}:{mi:02d}:00", "ns")
                times.append((stamp - J2000).astype(np.int64) + int(float(line.split()[6]) * 1e9))
            elif line.startswith("P"):
                position.append([float(line[4 + 14 * k : 18 + 14 * k]) for k in range(3)])
            elif line.startswith("V"):
                velocity.append([float(line[4 + 14 * k : 18 + 14 * k]) * 1e-4 for k in range(3)])
    times, position, velocity = (np.array(a)[::step] for a in (times, position, velocity))
    with iers.conf.set_temp("auto_download", False):
        epoch = Time(times / 1e9 / 86400.0 + 51544.5, format="mjd", scale="tai")
        rates = CartesianDifferential(velocity.T * u.km / u.s)
        fixed = ITRS(CartesianRepresentation(position.T * u.km, differentials=rates), obstime=epoch)
        teme = fixed.transform_to(TEME(obstime=epoch))
    return (
        times,
        teme.cartesian.xyz.to_value(u.km).T,
        teme.velocity.d_xyz.to_value(u.km / u.s).T,
    )


def realism(
    shared_data: Path, name: str, orbit: str
) -> tuple[np.ndarray, np.ndarray, list[AssumedCovariance]]:
    """Ages and chi-square of every set of a satellite, each with a model of the sets before it."""
    history = history_of(shared_data, name)
    times, position, velocity = precise_orbit(shared_data, orbit, 20)
    matrix = local_matrix(position, velocity)
    epochs = history.epoch_tai_ns
    ages, chi2, models = [], [], []
    for row in np.flatnonzero((epochs > times[0] - 5 * DAY_NS) & (epochs < times[-1])):
        model = assumed_from_history(history.take(np.flatnonzero(epochs <= epochs[row])))
        states = propagate(Sgp4Models.from_elements(history.take(np.array([row]))), times)
        error = np.einsum("mij,mj->mi", matrix, states.position_km[0] - position)
        age_d = (times - epochs[row]) / DAY_NS
        sigma = np.concatenate([model.sigma_km(np.array([a])) for a in age_d])
        inside = (age_d > 0.5) & (age_d < 5.0)
        ages.append(age_d[inside])
        chi2.append(np.sum((error / sigma) ** 2, axis=1)[inside])
        models.append(model)
    return np.concatenate(ages), np.concatenate(chi2), models


@pytest.mark.parametrize(("name", "orbit"), [("Sentinel-3A", "ssas3a20"), ("TOPEX", "grgtop03")])
def test_assumed_covariance_is_realistic(shared_data: Path, name: str, orbit: str) -> None:
    ages, chi2, _ = realism(shared_data, name, orbit)
    for low, high in ((0.5, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0), (4.0, 5.0)):
        part = chi2[(ages >= low) & (ages < high)]
        assert part.size > 100
        assert 0.4 < part.mean() / 3.0 < 2.0, (low, part.mean() / 3.0)
        assert np.mean(part < INSIDE_997) >= 0.95


def test_maneuver_of_jason_2_is_flagged(shared_data: Path) -> None:
    # burn of 2008-08-28 16:45 (maneuvers/ of the data); the precise orbit begins on 08-30
    history = history_of(shared_data, "Jason-2")
    for day in ("2008-08-31", "2008-09-01", "2008-09-02", "2008-09-03"):
        now = int((np.datetime64(day, "ns") - J2000).astype(np.int64))
        model = assumed_from_history(history.take(np.flatnonzero(history.epoch_tai_ns <= now)))
        assert model.maneuver_age_d[0] < 6.0
        assert "widened after a maneuver" in model.source[0]
        assert model.factor[0] == pytest.approx([1.5, 1.5 * MANEUVER_INFLATION, 1.5])


def test_quiet_satellite_is_not_flagged(shared_data: Path) -> None:
    history = history_of(shared_data, "TOPEX")
    now = int((np.datetime64("1997-12-10", "ns") - J2000).astype(np.int64))
    model = assumed_from_history(history.take(np.flatnonzero(history.epoch_tai_ns <= now)))
    assert np.isinf(model.maneuver_age_d[0])
    assert model.floor_km[0] == pytest.approx(HIGH_FLOOR_KM)
    assert model.factor[0] == pytest.approx([SHARED_DATA_FACTOR] * 3)
    assert model.pairs[0] > 1000
    assert model.source[0].startswith("assumed from own element history (")
    sigma = model.sigma_km(np.array([1.0]))
    assert np.all(model.sigma_km(np.array([4.0])) > sigma)
    assert model.sigma_km(np.array([-1.0])) == pytest.approx(sigma)


def one_set(**changes: float) -> ElementTable:
    """Return one set of a near-circular orbit at 815 km, changed."""
    values = {
        "norad": 41335, "epoch_tai_ns": 0, "mean_motion_rev_d": 14.2655, "eccentricity": 0.0001,
        "inclination_deg": 98.6, "raan_deg": 10.0, "arg_perigee_deg": 90.0, "mean_anomaly_deg": 270.0,
        "bstar_per_er": 0.0, "mean_motion_dot_rev_d2": 0.0, "mean_motion_ddot_rev_d3": 0.0,
        "ephemeris_type": 0, "element_set_no": 1, "rev_at_epoch": 1, "line": 0,
    } | changes  # fmt: skip
    whole = {"norad", "epoch_tai_ns", "ephemeris_type", "element_set_no", "rev_at_epoch", "line"}
    columns = {k: np.array([v], dtype=np.int64 if k in whole else np.float64) for k, v in values.items()}
    texts = {k: np.array(["U"], dtype=np.object_) for k in ("object_name", "object_id", "classification")}
    return ElementTable(**columns, **texts)


def series(count: int, step_d: float = 1.0, noise: float = 0.0, kick_at: int = -1) -> ElementTable:
    """Sets that follow one another, with noise of the mean anomaly and one change of the mean motion."""
    rng = np.random.default_rng(5)
    first = one_set()
    tables, motion, anomaly = [], 14.2655, 270.0
    node_rate = 0.9825  # deg/d, about what SGP4 gives; the rest shows as constant drift
    for k in range(count):
        if k == kick_at:  # half a step ago
            motion += 1e-4
            anomaly += 360.0 * 1e-4 * 0.5 * step_d
        tables.append(
            one_set(
                epoch_tai_ns=int(k * step_d * DAY_NS), mean_motion_rev_d=motion,
                raan_deg=float(first.raan_deg[0]) + node_rate * k * step_d,
                mean_anomaly_deg=(anomaly + noise * rng.normal()) % 360.0,
            )
        )  # fmt: skip
        anomaly += 360.0 * motion * step_d
    return ElementTable.concatenate(tables)


def test_change_of_the_orbit_is_found_in_the_gap_where_it_happened() -> None:
    gaps, last = maneuver_gaps(history_differences(series(40, noise=1e-3, kick_at=30)))
    assert last is not None
    assert abs(last - 30) <= 1
    assert set(gaps) <= {28, 29, 30, 31, 32}


def test_pairs_across_a_gap_are_left_out() -> None:
    differences = history_differences(series(20))
    rest = differences.without_gaps(np.array([10]))
    assert not np.any((rest.older < 10) & (rest.newer >= 10))
    assert 0 < rest.age_d.size < differences.age_d.size


def test_differences_are_taken_at_twelve_points_of_one_revolution() -> None:
    differences = history_differences(series(3))
    first = differences.newer == 1
    assert first.sum() == 12
    span_d = np.ptp(differences.age_d[first])
    assert span_d == pytest.approx(11.0 / 12.0 / 14.2655, rel=1e-6)
    assert differences.at_epoch[first].sum() == 1


@pytest.mark.parametrize("count", [1, 2, 4])
def test_short_history_falls_back_on_the_regime_and_says_so(count: int) -> None:
    model = assumed_from_history(series(count))
    assert len(model) == 1
    assert "assumed by regime" in model.source[0]
    assert model.pairs[0] == 0


def test_corrections_of_a_set_replace_it() -> None:
    doubled = ElementTable.concatenate([series(3), one_set(epoch_tai_ns=DAY_NS // 1000)])
    assert history_differences(doubled).epoch_tai_ns.shape == (3,)


def test_sets_that_sgp4_refuses_are_left_out() -> None:
    broken = ElementTable.concatenate([series(3), one_set(epoch_tai_ns=5 * DAY_NS, eccentricity=1.5)])
    assert history_differences(broken).epoch_tai_ns.shape == (3,)


@pytest.mark.parametrize(
    ("changes", "expected_km"),
    [
        ({"mean_motion_rev_d": 15.5, "inclination_deg": 51.6}, (0.107, 0.308, 0.169)),  # a space station
        ({"mean_motion_rev_d": 14.8, "inclination_deg": 97.9}, (0.115, 0.517, 0.137)),  # 620 km, polar
        ({"mean_motion_rev_d": 14.0, "inclination_deg": 98.0}, (0.091, 0.428, 0.114)),
        ({"mean_motion_rev_d": 2.0056, "inclination_deg": 55.0}, (0.071, 0.228, 0.095)),  # navigation
        ({"mean_motion_rev_d": 1.0027, "inclination_deg": 0.05}, (0.357, 0.432, 0.083)),  # geostationary
        ({"mean_motion_rev_d": 2.006, "inclination_deg": 63.4, "eccentricity": 0.74}, (0.494, 0.814, 1.337)),
    ],
)
def test_default_is_the_cell_of_the_published_table(
    changes: dict[str, float], expected_km: tuple[float, float, float]
) -> None:
    model = assumed_by_regime(one_set(**changes))
    assert model.sigma_km(np.zeros(1))[0] == pytest.approx(expected_km)
    week = model.sigma_km(np.array([7.0]))[0]
    assert week[1] > 10.0
    assert np.all(week >= expected_km)


def test_fit_ignores_wild_differences_and_returns_what_was_put_in() -> None:
    rng = np.random.default_rng(3)
    age = rng.uniform(0.0, 7.0, 20_000)
    size = np.stack([0.01 + 0.04 * age, 0.1 + 0.2 * age + 0.05 * age**2, 0.02 + 0.03 * age], axis=1)
    difference = size * rng.normal(size=(20_000, 3))
    difference[::20] *= 500.0
    rows = np.zeros(20_000, dtype=np.int64)
    growth = fit_growth(HistoryDifferences(rows, rows, rows, age, difference, rows > 0))
    assert growth is not None
    for a in (0.5, 2.0, 6.0):
        got = growth.start_km + a * (growth.rate_km_d + a * growth.bend_km_d2)
        expected = [0.01 + 0.04 * a, 0.1 + 0.2 * a + 0.05 * a**2, 0.02 + 0.03 * a]
        assert got == pytest.approx(expected, rel=0.2)


def test_rows_can_be_replaced_joined_and_taken() -> None:
    table = ElementTable.concatenate([one_set(norad=k) for k in (1, 2, 3)])
    default = assumed_by_regime(table)
    better = AssumedCovariance.concatenate([assumed_from_history(series(30, noise=1e-3))])
    mixed = default.replaced(np.array([1]), better)
    assert list(mixed.norad) == [1, 41335, 3]
    assert mixed.take(np.array([1])).floor_km[0] == pytest.approx(LOW_FLOOR_KM)
    covariance = mixed.covariance_rtn_km2(np.array([1.0, 2.0, 3.0]))
    assert covariance.shape == (3, 3, 3)
    assert np.sqrt(covariance[1].diagonal()) == pytest.approx(mixed.sigma_km(np.full(3, 2.0))[1])
