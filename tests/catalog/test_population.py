"""The exercise population: the same everywhere, shaped like the public catalog, alive for two weeks."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from sgp4.api import WGS72, Satrec, SatrecArray
from sgp4.model import Satrec as PlainSatrec

from skypact.astro.timescales import NS_PER_DAY, parse_utc, tai_ns_to_utc_jd, tai_ns_to_utc_ns
from skypact.catalog import population_statistics as stats
from skypact.catalog.density import shell_volume_km3, time_in_shells
from skypact.catalog.population import FIRST_NUMBER, Population, make_population
from skypact.catalog.population_draws import Draws
from skypact.catalog.population_orbits import best_phasing, cloud, drag_rate_per_min, shell
from skypact.catalog.regimes import orbit_shapes
from skypact.errors import LimitError
from skypact.formats.elements import ElementTable
from skypact.formats.omm_csv import read_omm_csv, write_omm_csv
from skypact.formats.reading import RawInput

EPOCH = parse_utc("2026-11-23T00:00:00Z")


@pytest.fixture(scope="module")
def population() -> Population:
    return make_population(1, 30_000, EPOCH)


def _satrecs(table: ElementTable, rows: range) -> SatrecArray:
    """The element sets as the reference implementation takes them."""
    days = tai_ns_to_utc_ns(table.epoch_tai_ns) / NS_PER_DAY + (2451545.0 - 2433281.5)
    turn = np.pi / 180.0
    made = []
    for k in rows:
        satrec = Satrec()
        satrec.sgp4init(
            WGS72, "i", 1 + k % 99999, days[k], table.bstar_per_er[k], 0.0, 0.0, table.eccentricity[k],
            table.arg_perigee_deg[k] * turn, table.inclination_deg[k] * turn,
            table.mean_anomaly_deg[k] * turn, table.mean_motion_rev_d[k] * 2.0 * np.pi / 1440.0,
            table.raan_deg[k] * turn,
        )  # fmt: skip
        made.append(satrec)
    return SatrecArray(made)


def test_shares_add_up_to_the_stated_number() -> None:
    total = sum(s.share for s in stats.SHELLS) + sum(f.share for f in stats.FAMILIES)
    total += sum(b.share for b in stats.BREAKUPS)
    total += sum(value for name, value in vars(stats).items() if name.endswith("_SHARE"))
    assert total == stats.SHARES_PER


def test_same_seed_same_bytes() -> None:
    one, two = (write_omm_csv(make_population(7, 2_000, EPOCH).table) for _ in range(2))
    assert one == two
    assert one != write_omm_csv(make_population(8, 2_000, EPOCH).table)


def test_draws_are_those_of_pcg64_on_every_machine() -> None:
    # the raw stream of PCG64 is guaranteed by NEP 19; the first doubles were computed by hand from it
    raw = np.random.PCG64(np.random.SeedSequence([1, *b"x"])).random_raw(3)
    assert Draws(1, "x").uniform(3).tolist() == [(int(v) >> 11) / 2**53 for v in raw]


@pytest.mark.parametrize("objects", [50, 600, 12_345])
def test_any_number_of_objects_is_met_exactly(objects: int) -> None:
    table = make_population(3, objects, EPOCH).table
    assert len(table) == objects
    assert len(np.unique(table.norad)) == objects
    assert table.norad[0] == FIRST_NUMBER
    assert int(table.norad[-1]) <= 999_999_999


def test_too_few_and_too_many_objects_are_refused() -> None:
    for objects in (0, 49, 3_000_000):
        with pytest.raises(LimitError, match="--objects"):
            make_population(1, objects, EPOCH)


def test_kinds_and_regimes_have_the_shares_of_the_public_catalog(population: Population) -> None:
    # public catalogs of 2024 to 2026: half payloads, two fifths debris, 5 to 10 % rocket bodies; 83 % LEO
    table = population.table
    kinds = Counter(table.extra["OBJECT_TYPE"])
    assert 0.48 < kinds["PAYLOAD"] / len(table) < 0.60
    assert 0.33 < kinds["DEBRIS"] / len(table) < 0.45
    assert 0.05 < kinds["ROCKET BODY"] / len(table) < 0.10
    regimes = Counter(str(r) for r in orbit_shapes(table).regime)
    assert 0.80 < regimes["LEO"] / len(table) < 0.88
    assert 0.03 < regimes["GEO"] / len(table) < 0.06
    assert {"LEO", "LMO", "MEO", "GTO", "GEO", "HEO"} <= set(regimes)


def test_names_numbers_and_mode_cannot_be_taken_for_real_ones(population: Population) -> None:
    table = population.table
    assert set(table.extra["DATA_MODE"]) == {"EXERCISE"}
    assert table.norad.min() >= 900_000_000
    assert all(900 <= int(d[5:8]) <= 999 for d in table.object_id)
    assert len(set(table.object_id)) > 0.97 * len(table)
    assert "STARLINK" not in " ".join(table.object_name)


def test_epochs_lie_before_the_reference_and_on_the_grid_of_tle(population: Population) -> None:
    utc = tai_ns_to_utc_ns(population.table.epoch_tai_ns)
    assert ((utc + NS_PER_DAY // 2) % 864_000 == 0).all()
    age_d = (EPOCH - population.table.epoch_tai_ns) / NS_PER_DAY
    assert age_d.min() > 0.0
    assert age_d.max() < 30.0
    assert 0.3 < np.median(age_d) < 0.8


def test_omm_round_trip_keeps_every_number_and_the_marker(population: Population) -> None:
    table = population.table.take(np.arange(0, 30_000, 37))
    back, report = read_omm_csv(RawInput("population", write_omm_csv(table).encode()))
    assert report.accepted == len(table)
    for name in ("norad", "epoch_tai_ns", "mean_motion_rev_d", "eccentricity", "bstar_per_er", "raan_deg"):
        np.testing.assert_array_equal(getattr(back, name), getattr(table, name))
    assert set(back.extra["DATA_MODE"]) == {"EXERCISE"}


def test_nothing_decays_in_the_week_after_the_reference(population: Population) -> None:
    rows = range(0, 30_000, 7)
    jd, fraction = tai_ns_to_utc_jd(EPOCH + np.arange(0, 8) * NS_PER_DAY)
    error, _, _ = _satrecs(population.table, rows).sgp4(jd, fraction)
    assert not error.any()


def test_shell_satellites_are_in_phase_at_the_reference(population: Population) -> None:
    table = population.table
    rows = [k for k, name in enumerate(table.object_name) if name.startswith("EXO-NET A-")]
    jd, fraction = tai_ns_to_utc_jd(np.array([EPOCH]))
    satrecs = [_satrecs(table, range(k, k + 1)) for k in rows[:200]]
    position = np.array([s.sgp4(jd, fraction)[1][0, 0] for s in satrecs])
    gaps = np.linalg.norm(position[:, None] - position[None], axis=2)
    gaps[np.diag_indices(len(gaps))] = np.inf
    assert np.quantile(gaps.min(axis=1), 0.05) > 30.0  # scatter is a few km, slots are 1,900 km apart


@pytest.mark.parametrize(("planes", "slots", "inclination_deg"), [(6, 5, 53.0), (8, 4, 70.0), (5, 9, 97.6)])
def test_best_phasing_is_the_best_by_brute_force(planes: int, slots: int, inclination_deg: float) -> None:
    tilt = np.radians(inclination_deg)
    u = np.linspace(0.0, 2.0 * np.pi, 2_000, endpoint=False)

    def closest(phasing: int) -> float:
        best = np.inf
        for plane in range(1, planes):
            node = 2.0 * np.pi * plane / planes
            for slot in range(slots):
                w = u + 2.0 * np.pi * (slot / slots + phasing * plane / (planes * slots))
                one = np.stack([np.cos(u), np.sin(u) * np.cos(tilt), np.sin(u) * np.sin(tilt)])
                x, y = np.cos(w), np.sin(w) * np.cos(tilt)
                two = np.stack(
                    [
                        x * np.cos(node) - y * np.sin(node),
                        x * np.sin(node) + y * np.cos(node),
                        np.sin(w) * np.sin(tilt),
                    ]
                )
                best = min(best, float(np.linalg.norm(one - two, axis=0).min()))
        return best

    widths = [closest(f) for f in range(planes)]
    assert widths[best_phasing(planes, slots, inclination_deg, 360.0)] == pytest.approx(max(widths), abs=2e-3)


def test_cloud_spreads_like_a_gabbard_diagram() -> None:
    event = stats.BREAKUPS[0]
    orbits = cloud(event, 1_500, Draws(5, "cloud"))
    perigee = orbits.semi_major_axis_km * (1.0 - orbits.eccentricity) - 6378.135
    apogee = orbits.semi_major_axis_km * (1.0 + orbits.eccentricity) - 6378.135
    assert np.quantile(apogee, 0.95) - np.quantile(apogee, 0.05) > 300.0
    assert np.median(apogee) > event.perigee_km > np.median(perigee)  # two arms from the parent's altitude
    assert abs(float(np.median(orbits.inclination_deg)) - event.inclination_deg) < 0.5
    turned = np.exp(1j * np.radians(orbits.raan_deg))
    assert abs(turned.mean()) < 0.5  # J2 has dispersed the nodes


def test_drag_rate_is_that_of_the_reference_sgp4() -> None:
    table = make_population(2, 400, EPOCH).table
    near = [k for k in range(len(table)) if table.mean_motion_rev_d[k] > 6.4 and table.bstar_per_er[k] != 0.0]
    for k in near[::20]:
        satrec = _reference(table, k)
        a_km = np.array([satrec.a * 6378.135])
        mine = drag_rate_per_min(a_km, table.eccentricity[k : k + 1], table.inclination_deg[k : k + 1])
        assert float(mine[0]) * table.bstar_per_er[k] == pytest.approx(satrec.cc1, rel=1e-6)


def _reference(table: ElementTable, k: int) -> PlainSatrec:
    turn = np.pi / 180.0
    satrec = PlainSatrec()  # the one written in Python tells its coefficients
    satrec.sgp4init(
        WGS72, "i", 1, 28000.0, table.bstar_per_er[k], 0.0, 0.0, table.eccentricity[k],
        table.arg_perigee_deg[k] * turn, table.inclination_deg[k] * turn, table.mean_anomaly_deg[k] * turn,
        table.mean_motion_rev_d[k] * 2.0 * np.pi / 1440.0, table.raan_deg[k] * turn,
    )  # fmt: skip
    return satrec


def test_a_shell_fills_its_planes_evenly() -> None:
    spec = stats.Shell("X", "X", 550.0, 53.0, 12, 100)
    orbits = shell(spec, 118, Draws(1, "shell"))
    nodes = np.round((orbits.raan_deg - orbits.raan_deg[0]) / 30.0) % 12
    assert set(np.bincount(nodes.astype(int), minlength=12)) <= {8, 9, 10}


def test_time_in_shells_counts_every_object_once() -> None:
    perigee, apogee = np.array([500.0, 300.0, 800.0]), np.array([500.0, 1500.0, 36_000.0])
    edges = np.array([0.0, 400.0, 600.0, 1_000.0, 50_000.0])
    parts = time_in_shells(perigee, apogee, edges)
    assert parts.sum() == pytest.approx(3.0)
    # by sampling Kepler's equation
    expected = np.zeros(4)
    for low, high in zip(perigee, apogee, strict=True):
        a, e = 6378.135 + (low + high) / 2.0, (high - low) / (2.0 * 6378.135 + low + high)
        big_e = np.linspace(0.0, np.pi, 400_001)
        height = a * (1.0 - e * np.cos(big_e)) - 6378.135
        mean = big_e - e * np.sin(big_e)
        for k, (bottom, top) in enumerate(pairwise(edges)):
            inside = (height[:-1] >= bottom) & (height[:-1] < top)
            expected[k] += np.diff(mean)[inside].sum() / np.pi
    np.testing.assert_allclose(parts, expected, atol=1e-4)
    assert shell_volume_km3(edges)[0] == pytest.approx(4 / 3 * np.pi * (6778.135**3 - 6378.135**3))
