"""The exercise population: a synthetic catalog of any size, made from published statistics and a seed.

It stands in for the public catalog where there is no network, and measures scale where there is. Nothing in
it is anybody's data: orbits come from the tables of :mod:`skypact.catalog.population_statistics`, names,
operators and designators are invented.

Catalog numbers begin at 900,000,001. No provider gives such numbers to objects (the highest in use are those
that CelesTrak gives to supplemental sets, 799,5xx,xxx), so an exercise can never be taken for, or joined
with, a real object; and nothing that quietly relies on five digits or Alpha-5 survives the exercise. The
price: they cannot be written as TLE. International designators use launch numbers from 900, which no year
has reached.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import MIN_PER_DAY
from skypact.astro.timescales import NS_PER_DAY, tai_ns_to_utc_ns, utc_ns_to_tai_ns
from skypact.catalog import population_orbits as orbit
from skypact.catalog import population_statistics as stats
from skypact.catalog.population_draws import Draws
from skypact.catalog.population_orbits import Orbits
from skypact.errors import LimitError
from skypact.formats.elements import ElementTable
from skypact.formats.tle_lines import NS_PER_EPOCH_UNIT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_NUMBER = 900_000_001
OBJECTS_MIN, OBJECTS_MAX = 50, 2_000_000
_FIRST_LAUNCH = 900
_LAUNCHES_PER_YEAR = 100
_PIECES_PER_LAUNCH = 60
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of designators: I and O are left out."""
_GMST_AT_J2000_DEG = 280.46061837
_SUN_AT_J2000_DEG = 280.46645

AGE_PARTS = ((0.35, 0.20, 0.62), (0.80, 0.25, 0.25), (1.8, 0.8, 0.09), (5.0, 3.0, 0.03), (14.0, 7.0, 0.01))
"""Age of element sets in days: mean, sigma, weight. In public catalogs four fifths are younger than a day and
one in a hundred is older than ten."""
AGE_LIMITS_D = (0.02, 29.0)


@dataclass(frozen=True, eq=False)
class Population:
    """An exercise catalog and what is known about it besides elements.

    Attributes
    ----------
    table
        Element sets in order of catalog number; ``extra`` holds OBJECT_TYPE, COUNTRY_CODE, RCS_SIZE,
        OPERATOR and DATA_MODE (``EXERCISE`` on every row).
    assets
        The few named objects that the exercise's organizations answer for.
    """

    table: ElementTable
    assets: tuple[ExerciseAsset, ...]


@dataclass(frozen=True)
class ExerciseAsset:
    """A named object of the exercise with what its owner would know."""

    norad: int
    name: str
    owner: str
    sector: str
    radius_m: float
    maneuverable: bool


@dataclass(frozen=True)
class _Named:
    """An asset to be made: orbit by regime, altitude in km, and hour of the node or longitude in degrees."""

    name: str
    country: str
    owner: str
    sector: str
    regime: str
    altitude_km: float
    place: float
    radius_m: float


_NAMED = (
    _Named("HANGYEOL-1", "SKOR", "kr.kigam", "civil", "SSO", 528.0, 10.8, 3.2),
    _Named("HANGYEOL-2", "SKOR", "kr.kigam", "civil", "SSO", 528.0, 13.4, 3.2),
    _Named("DURUMI-3", "SKOR", "kr.exospace", "government", "SSO", 685.0, 13.5, 4.5),
    _Named("BORAMAE-1", "SKOR", "kr.exmil", "military", "SSO", 512.0, 6.0, 4.0),
    _Named("BORAMAE-2", "SKOR", "kr.exmil", "military", "45", 548.0, 45.0, 3.0),
    _Named("MIRINAE-4", "SKOR", "kr.exspace", "civil", "GEO", 0.0, 128.2, 12.0),
    _Named("CARDINAL-7", "US", "us.exwx", "government", "SSO", 824.0, 13.4, 5.5),
    _Named("PRAIRIE-11", "US", "us.prairie", "civil", "SSO", 617.0, 10.5, 2.0),
    _Named("SENTRY OAK 2", "US", "us.exmil", "military", "45", 705.0, 63.4, 6.0),
    _Named("LIBERTY RELAY 1", "US", "us.exrelay", "civil", "GEO", 0.0, 262.0, 14.0),
)
ASSET_ECCENTRICITY = 9e-4
ASSET_BSTAR_PER_ER = 1.5e-4


@dataclass(frozen=True)
class _Group:
    """One source of objects: how many per 30,000, how they are called and how their orbits are made."""

    kind: str
    name: str
    operator: str
    country: str
    share: int
    make: Callable[[int, Draws], Orbits]
    years: tuple[int, int]


def _groups(sun_deg: float, gmst_deg: float) -> list[_Group]:
    """Return every group of the population; right ascensions of mean Sun and Greenwich in degrees."""

    def of_shell(spec: stats.Shell) -> Callable[[int, Draws], Orbits]:
        return lambda n, d: orbit.shell(spec, n, d)

    def of_family(spec: stats.Family) -> Callable[[int, Draws], Orbits]:
        return lambda n, d: orbit.family(spec, n, d)

    def of_cloud(spec: stats.Breakup) -> Callable[[int, Draws], Orbits]:
        return lambda n, d: orbit.cloud(spec, n, d)

    found = [
        _Group("PAYLOAD", s.name, s.operator, s.country, s.share, of_shell(s), (2018, 2026))
        for s in stats.SHELLS
    ]
    found += _single_groups(sun_deg, gmst_deg)
    found += [
        _Group(f.kind, f.name, "", f.country, f.share, of_family(f), (1976, 2024)) for f in stats.FAMILIES
    ]
    for b in stats.BREAKUPS:
        year = 2026 - round(b.years_ago)
        found.append(_Group("DEBRIS", b.name, "", b.country, b.share, of_cloud(b), (year, year)))
    return found


def _single_groups(sun_deg: float, gmst_deg: float) -> list[_Group]:
    """Return the groups that are neither shells, families of debris nor break-ups."""

    def sso(count: int, draws: Draws) -> Orbits:
        heights = draws.mixture(count, stats.SUN_SYNCHRONOUS_ALTITUDES)
        hours = draws.mixture(count, stats.SUN_SYNCHRONOUS_HOURS)
        return orbit.sun_synchronous(count, heights, hours, sun_deg, draws)

    def transit(count: int, draws: Draws) -> Orbits:
        which = draws.choice(count, [s.share for s in stats.SHELLS[:7]])
        inc = np.array([s.inclination_deg for s in stats.SHELLS[:7]])[which]
        height = draws.uniform(count, *stats.TRANSIT_ALTITUDE_KM)
        made = (draws.rayleigh(count, 2e-4), inc, orbit.bstar_of("PAYLOAD", count, draws), draws)
        return orbit.anywhere(height, *made, floor_km=orbit.PERIGEE_FLOOR_KM)

    def meo_old(count: int, draws: Draws) -> Orbits:
        height = draws.mixture(
            count, [(19_130.0, 90.0, 0.5), (20_700.0, 450.0, 0.35), (22_300.0, 700.0, 0.15)]
        )
        inc = draws.mixture(count, [(64.8, 1.0, 0.55), (55.0, 1.6, 0.45)])
        made = (draws.rayleigh(count, 0.006), inc, np.zeros(count), draws)
        return orbit.anywhere(height, *made, floor_km=2000.0)

    def meo_debris(count: int, draws: Draws) -> Orbits:
        height = draws.mixture(count, [(2_400.0, 300.0, 0.4), (3_650.0, 150.0, 0.5), (4_600.0, 500.0, 0.1)])
        inc = draws.mixture(count, [(87.0, 1.5, 0.45), (66.0, 3.0, 0.35), (102.0, 3.0, 0.2)])
        made = (draws.rayleigh(count, 0.03), inc, np.zeros(count), draws)
        return orbit.anywhere(height, *made, floor_km=1_200.0)

    def transfer(kind: str) -> Callable[[int, Draws], Orbits]:
        return lambda n, d: orbit.transfer(kind, n, d.mixture(n, stats.TRANSFER_INCLINATIONS), d)

    pay, body, debris = "PAYLOAD", "ROCKET BODY", "DEBRIS"
    return [
        _Group(pay, "EXO-NET T", "EXO-NET", "US", stats.TRANSIT_SHARE, transit, (2024, 2026)),
        _Group(pay, "SUNWARD", "", "TBD", stats.SUN_SYNCHRONOUS_SHARE, sso, (2005, 2026)),
        _Group(
            pay, "BEACON", "", "TBD", stats.GEO_KEPT_SHARE,
            lambda n, d: orbit.geostationary(n, gmst_deg, d, inclined=False), (2004, 2026),
        ),
        _Group(
            pay, "EIGHT", "", "PRC", stats.GEO_INCLINED_SHARE,
            lambda n, d: orbit.geostationary(n, gmst_deg, d, inclined=True), (2010, 2026),
        ),
        _Group(
            pay, "OLD BEACON", "", "TBD", stats.GEO_RETIRED_SHARE,
            lambda n, d: orbit.geo_retired(n, d, rocket=False), (1976, 2015),
        ),
        _Group(
            body, "STAGE G R/B", "", "CIS", stats.GEO_ROCKET_SHARE,
            lambda n, d: orbit.geo_retired(n, d, rocket=True), (1976, 2020),
        ),
        _Group(body, "STAGE T R/B", "", "TBD", stats.TRANSFER_ROCKET_SHARE, transfer(body), (1985, 2026)),
        _Group(debris, "PIECE T DEB", "", "TBD", stats.TRANSFER_DEBRIS_SHARE, transfer(debris), (1980, 2024)),
        _Group(pay, "LIGHTNING", "", "CIS", stats.MOLNIYA_SHARE, orbit.molniya, (1976, 2020)),
        _Group(pay, "OLD WAYMARK", "", "CIS", stats.MEO_OLD_SHARE, meo_old, (1982, 2018)),
        _Group(debris, "PIECE M DEB", "", "US", stats.MEO_DEBRIS_SHARE, meo_debris, (1963, 1995)),
    ]  # fmt: skip


def _counts(shares: list[int], objects: int) -> Ints:
    """Share out ``objects`` in proportion, by largest remainder (ties to the earlier)."""
    exact = np.array(shares, dtype=np.float64) * objects / sum(shares)
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: objects - int(counts.sum())]] += 1
    return counts


def _piece_letters(count: int) -> list[str]:
    """Return the piece letters of ``count`` objects of one launch: A ... Z, AA ... ZZZ."""
    letters: list[str] = []
    for k in range(1, count + 1):
        text, rest = "", k
        while rest:
            rest, place = divmod(rest - 1, len(_LETTERS))
            text = _LETTERS[place] + text
        letters.append(text)
    return letters


def _designators(group: _Group, index: int, count: int) -> list[str]:
    """Return invented designators: clouds come from one launch, all else in launches of up to 60 pieces."""
    first, last = group.years
    pieces = count if first == last else _PIECES_PER_LAUNCH
    letters = _piece_letters(min(count, pieces))
    ids = []
    for k in range(count):
        launch = k // pieces
        year = first + (launch * 7 + index) % (last - first + 1)
        number = _FIRST_LAUNCH + (index + 37 * launch) % _LAUNCHES_PER_YEAR
        ids.append(f"{year}-{number}{letters[k % pieces]}")
    return ids


def _names(group: _Group, count: int, taken: dict[str, int]) -> list[str]:
    """Return names: payloads are numbered, pieces and stages of one kind share a name as in real catalogs."""
    if group.kind != "PAYLOAD":
        return [group.name] * count
    start = taken.get(group.name, 0)
    taken[group.name] = start + count
    return [f"{group.name}-{k:04d}" for k in range(start + 1, start + count + 1)]


def _named_orbits(sun_deg: float, gmst_deg: float, draws: Draws) -> Orbits:
    """Return the orbits of the assets, in the order of their table."""
    parts = []
    for spec in _NAMED:
        if spec.regime == "GEO":
            made = orbit.geostationary(1, gmst_deg, draws, inclined=False)
            shift = gmst_deg + spec.place - made.raan_deg - made.arg_perigee_deg
            parts.append(replace(made, mean_anomaly_deg=shift))
        elif spec.regime == "SSO":
            height, hour = np.array([spec.altitude_km]), np.array([spec.place])
            parts.append(orbit.sun_synchronous(1, height, hour, sun_deg, draws))
        else:
            one = np.array([spec.altitude_km]), np.array([ASSET_ECCENTRICITY]), np.array([spec.place])
            bstar = np.array([ASSET_BSTAR_PER_ER])
            parts.append(orbit.anywhere(*one, bstar, draws, floor_km=orbit.PERIGEE_FLOOR_KM))
    made = Orbits.concatenate(parts)
    calm = np.minimum(made.eccentricity, ASSET_ECCENTRICITY)
    drag = np.where(made.semi_major_axis_km < orbit.MEO_KM, ASSET_BSTAR_PER_ER, 0.0)
    return replace(made, eccentricity=calm, bstar_per_er=drag)


def make_population(seed: int, objects: int, epoch_tai_ns: int) -> Population:
    """Make an exercise catalog.

    Parameters
    ----------
    seed
        The same seed, number and epoch give the same catalog on every machine.
    objects
        Number of objects, 50 to 2,000,000. Shares of all kinds stay; density grows with the number.
    epoch_tai_ns
        The instant at which the catalog is current: constellations are in phase then, element sets are older.

    Returns
    -------
    Population
        Exactly ``objects`` element sets whose orbits do not decay in the two weeks after ``epoch_tai_ns``.

    Raises
    ------
    LimitError
        If ``objects`` is out of range.
    """
    if not OBJECTS_MIN <= objects <= OBJECTS_MAX:
        raise LimitError(
            f"{objects} objects asked for", where="--objects", remedy=f"take {OBJECTS_MIN} to {OBJECTS_MAX}"
        )
    days = int(tai_ns_to_utc_ns(epoch_tai_ns)) / NS_PER_DAY
    gmst_deg = (_GMST_AT_J2000_DEG + 360.98564736629 * days) % 360.0
    sun_deg = (_SUN_AT_J2000_DEG + orbit.SUN_DEG_D * days) % 360.0
    groups = _groups(sun_deg, gmst_deg)
    counts = _counts([g.share for g in groups], objects - len(_NAMED))
    parts = [_named_orbits(sun_deg, gmst_deg, Draws(seed, "assets"))]
    names = [s.name for s in _NAMED]
    ids = [f"{2013 + k}-{_FIRST_LAUNCH + 99 - k}A" for k in range(len(_NAMED))]
    made: list[tuple[str, str, str, int]] = [("PAYLOAD", "", s.country, 1) for s in _NAMED]
    taken: dict[str, int] = {}
    for index, (group, count) in enumerate(zip(groups, counts.tolist(), strict=True)):
        if not count:
            continue
        part = group.make(count, Draws(seed, f"{group.name}/{index}"))
        if len(part) < count:  # a cloud that drag has emptied: pieces without a large event instead
            rest = stats.FAMILIES[-3]
            more = orbit.family(rest, count - len(part), Draws(seed, f"{group.name}/{index}/rest"))
            part = Orbits.concatenate([part, more])
        parts.append(part)
        names += _names(group, count, taken)
        ids += _designators(group, index, count)
        made.append((group.kind, group.operator, group.country, count))
    orbits = orbit.limit_drag(Orbits.concatenate(parts))
    table = _table(orbits, names, ids, made, epoch_tai_ns, Draws(seed, "epochs"))
    assets = tuple(
        ExerciseAsset(FIRST_NUMBER + k, s.name, s.owner, s.sector, s.radius_m, True)
        for k, s in enumerate(_NAMED)
    )
    return Population(table, assets)


def _table(
    orbits: Orbits,
    names: list[str],
    ids: list[str],
    made: list[tuple[str, str, str, int]],
    epoch_tai_ns: int,
    draws: Draws,
) -> ElementTable:
    """Carry every orbit back to an epoch of its own and round the elements as element sets carry them."""
    n = len(orbits)
    age_d = np.clip(np.abs(draws.mixture(n, AGE_PARTS)), *AGE_LIMITS_D)
    day = NS_PER_DAY
    utc = int(tai_ns_to_utc_ns(epoch_tai_ns)) - (age_d * day).astype(np.int64)
    midnight = (utc + day // 2) // day * day - day // 2
    utc = midnight + (utc - midnight) // NS_PER_EPOCH_UNIT * NS_PER_EPOCH_UNIT
    age_d = (int(tai_ns_to_utc_ns(epoch_tai_ns)) - utc) / day
    a, ecc, inc = orbits.semi_major_axis_km, np.round(orbits.eccentricity, 7), orbits.inclination_deg
    anomaly, perigee, node = orbit.secular_rates_deg_d(a, ecc, inc)
    drag = MIN_PER_DAY * orbits.bstar_per_er * orbit.drag_rate_per_min(a, ecc, inc)
    motion = orbit.kozai_mean_motion_rev_d(a, ecc, inc)
    years_in_orbit = draws.uniform(n, 0.2, 15.0)
    kinds, operators, countries = (np.repeat([m[k] for m in made], [m[3] for m in made]) for k in range(3))
    sizes = np.where(kinds == "DEBRIS", "SMALL", np.where(kinds == "PAYLOAD", "MEDIUM", "LARGE"))
    texts = {"OBJECT_TYPE": kinds, "RCS_SIZE": sizes, "COUNTRY_CODE": countries, "OPERATOR": operators}
    extra = {key: column.tolist() for key, column in texts.items()} | {"DATA_MODE": ["EXERCISE"] * n}
    return ElementTable(
        norad=np.arange(FIRST_NUMBER, FIRST_NUMBER + n, dtype=np.int64),
        epoch_tai_ns=utc_ns_to_tai_ns(utc),
        mean_motion_rev_d=np.round(motion, 8),
        eccentricity=ecc,
        inclination_deg=np.round(inc, 4),
        raan_deg=_turned(orbits.raan_deg - node * age_d),
        arg_perigee_deg=_turned(orbits.arg_perigee_deg - perigee * age_d),
        mean_anomaly_deg=_turned(
            orbits.mean_anomaly_deg - anomaly * age_d - 540.0 * motion * drag * age_d * age_d
        ),
        bstar_per_er=_five_digits(orbits.bstar_per_er),
        mean_motion_dot_rev_d2=np.round(1.5 * motion * drag, 8),
        mean_motion_ddot_rev_d3=np.zeros(n),
        object_name=np.array(names, dtype=object),
        object_id=np.array(ids, dtype=object),
        classification=np.array(["U"] * n, dtype=object),
        ephemeris_type=np.zeros(n, dtype=np.int64),
        element_set_no=np.full(n, 999, dtype=np.int64),
        rev_at_epoch=(motion * 365.25 * years_in_orbit).astype(np.int64) % 100_000,
        line=np.zeros(n, dtype=np.int64),
        extra=extra,
    )


def _turned(angle_deg: Floats) -> Floats:
    """Return angles in [0, 360) with the four decimals of an element set."""
    return np.asarray(np.round(angle_deg % 360.0, 4) % 360.0, dtype=np.float64)


def _five_digits(values: Floats) -> Floats:
    """Return values with the five significant digits of a TLE's drag term."""
    return np.array([float(f"{value:.4e}") for value in values.tolist()])
