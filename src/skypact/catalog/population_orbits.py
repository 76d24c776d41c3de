"""Orbits of the exercise population: mean elements at one instant, family by family.

All elements here are SGP4 mean elements (Brouwer semi-major axis, WGS-72, TEME) at the reference instant of
the population; :mod:`skypact.catalog.population` carries each back to an epoch of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from skypact.astro.constants import MIN_PER_DAY, S_PER_DAY, WGS72_J2, WGS72_MU_KM3_S2, WGS72_RADIUS_KM
from skypact.catalog.population_draws import Draws
from skypact.catalog.population_statistics import Breakup, Family, Shell

Floats = NDArray[np.float64]

SIDEREAL_DEG_D = 360.985647366
SUN_DEG_D = 0.98564736
"""Mean motion of the Sun along the equator: the node rate of a sun-synchronous orbit."""

PERIGEE_FLOOR_KM = 300.0
"""Low families are kept above this height, below which few cataloged objects stay for weeks."""
TRANSFER_PERIGEE_FLOOR_KM = 240.0
"""Transfer orbits live with lower perigees, but Moon and Sun may lower these by tens of km in a week."""
KEPT_PHASE_SIGMA_DEG = 0.03
"""Along-track scatter of station-kept satellites: a few km."""
KEPT_ALTITUDE_SIGMA_KM = 0.04
FROZEN_ECCENTRICITY = 1.35e-4
FROZEN_SCATTER = 7e-5
"""Satellites of the broadband shells keep near the frozen orbit, perigee north; the scatter of half a
kilometer in height keeps miss distances of one shell as chance has them (N growing with r squared)."""
SHELL_DEAD_PORTION = 0.02
"""Satellites of a shell that no longer keep station, spread below it."""
SHELL_DEAD_DROP_KM = 45.0
MEO_KM = 10_000.0
"""Shells above have the eccentricities of navigation satellites and no drag."""
GEO_KM = 42_164.17
LAPLACE_TILT_DEG = 7.4
LAPLACE_PERIOD_Y = 53.0
"""Orbit planes left alone at GEO turn about a pole 7.4 deg from the Earth's in 53 years (Allan and Cook)."""
PARK_DRAG_DAYS = 14.0
PARK_DRAG_PORTION = 0.15
"""No object loses more than this portion of its height above 150 km in 14 days: what falls sooner is too
rare in a catalog to matter, and an exercise should not lose objects by itself."""
PARK_FLOOR_KM = 150.0


@dataclass(frozen=True, eq=False)
class Orbits:
    """Mean elements of n objects at the reference instant; angles in degrees, all of shape (n,)."""

    semi_major_axis_km: Floats
    eccentricity: Floats
    inclination_deg: Floats
    raan_deg: Floats
    arg_perigee_deg: Floats
    mean_anomaly_deg: Floats
    bstar_per_er: Floats

    def __len__(self) -> int:
        return int(self.eccentricity.shape[0])

    @staticmethod
    def concatenate(parts: list[Orbits]) -> Orbits:
        """Return all orbits of ``parts``, one after the other."""
        return Orbits(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Orbits)})

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Orbits:
        """Return the chosen rows."""
        return Orbits(**{f.name: getattr(self, f.name)[rows] for f in fields(Orbits)})


def mean_motion_deg_d(semi_major_axis_km: Floats) -> Floats:
    """Return the Brouwer mean motion in degrees per day."""
    return np.asarray(
        np.degrees(np.sqrt(WGS72_MU_KM3_S2 / semi_major_axis_km**3)) * S_PER_DAY, dtype=np.float64
    )


def secular_rates_deg_d(a_km: Floats, ecc: Floats, inc_deg: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the rates of mean anomaly, argument of perigee and node, deg/d, to first order in J2."""
    n = mean_motion_deg_d(a_km)
    eta2 = 1.0 - ecc * ecc
    k = 1.5 * WGS72_J2 * (WGS72_RADIUS_KM / (a_km * eta2)) ** 2 * n
    c = np.cos(np.radians(inc_deg))
    return n + k * np.sqrt(eta2) * (1.5 * c * c - 0.5), k * (2.5 * c * c - 0.5), -k * c


def kozai_mean_motion_rev_d(a_km: Floats, ecc: Floats, inc_deg: Floats) -> Floats:
    """Return the mean motion that element sets carry (Kozai) for a Brouwer semi-major axis."""
    c2 = np.cos(np.radians(inc_deg)) ** 2
    delta = 0.75 * WGS72_J2 * (3.0 * c2 - 1.0) / (1.0 - ecc * ecc) ** 1.5 * (WGS72_RADIUS_KM / a_km) ** 2
    return np.asarray(mean_motion_deg_d(a_km) / 360.0 * (1.0 + delta), dtype=np.float64)


LOW_PERIGEE_KM = 98.0
"""Below this perigee SGP4 starts its atmosphere at 20 km (Spacetrack Report 3, p. 11)."""


def drag_rate_per_min(a_km: Floats, ecc: Floats, inc_deg: Floats) -> Floats:
    """Return C2 of SGP4: the secular drag rate C1 is B* times it (Spacetrack Report 3, p. 11)."""
    a = a_km / WGS72_RADIUS_KM
    perigee_km = (a * (1.0 - ecc) - 1.0) * WGS72_RADIUS_KM
    s_km = np.where(perigee_km < LOW_PERIGEE_KM, 20.0, np.minimum(perigee_km - 78.0, 78.0))
    q4 = ((120.0 - s_km) / WGS72_RADIUS_KM) ** 4
    xi = 1.0 / (a - (s_km / WGS72_RADIUS_KM + 1.0))
    eta = a * ecc * xi
    eta2, e_eta = eta * eta, ecc * eta
    psi2 = np.abs(1.0 - eta2)
    n_rad_min = np.radians(mean_motion_deg_d(a_km)) / MIN_PER_DAY
    c2 = np.cos(np.radians(inc_deg)) ** 2
    bracket = a * (1.0 + 1.5 * eta2 + e_eta * (4.0 + eta2)) + 0.375 * WGS72_J2 * xi / psi2 * (
        3.0 * c2 - 1.0
    ) * (8.0 + 3.0 * eta2 * (8.0 + eta2))
    return np.asarray(q4 * xi**4 / psi2**3.5 * n_rad_min * bracket, dtype=np.float64)


def limit_drag(orbits: Orbits) -> Orbits:
    """Return the orbits with B* cut so that nothing decays in the two weeks after the reference instant."""
    a, ecc = orbits.semi_major_axis_km, orbits.eccentricity
    height_km = a * (1.0 - ecc) - WGS72_RADIUS_KM - PARK_FLOOR_KM
    loss_km = 2.0 * a * drag_rate_per_min(a, ecc, orbits.inclination_deg) * MIN_PER_DAY * PARK_DRAG_DAYS
    limit = PARK_DRAG_PORTION * np.maximum(height_km, 1.0) / np.maximum(loss_km, 1e-30)
    values = {f.name: getattr(orbits, f.name) for f in fields(Orbits)}
    values["bstar_per_er"] = np.clip(orbits.bstar_per_er, -limit, limit)
    return Orbits(**values)


def best_phasing(planes: int, slots: int, inclination_deg: float, spread_deg: float) -> int:
    """Return the phasing (in units of 360 / (planes x slots) deg per plane) with the widest closest passage.

    Two satellites on equal circular orbits whose planes meet at an angle g come closest to
    2 asin(sin(d/2) cos(g/2)) of arc, d being the difference of their phases counted from where the planes
    meet.
    """
    if planes < 2:
        return 0
    k = np.arange(1, planes)
    node = np.radians(k * spread_deg / planes)
    i = np.radians(inclination_deg)
    offset = 2.0 * np.arctan2(np.cos(i) * np.sin(node / 2.0), np.cos(node / 2.0))
    cos_g = np.cos(i) ** 2 + np.sin(i) ** 2 * np.cos(node)
    pitch = 2.0 * np.pi / slots
    phase = np.outer(np.arange(planes), k) * (pitch / planes) + offset
    gap = np.abs((phase + pitch / 2.0) % pitch - pitch / 2.0)
    arc = np.sin(gap / 2.0) * np.sqrt((1.0 + cos_g) / 2.0)
    return int(np.argmax(arc.min(axis=1)))


def shell(spec: Shell, count: int, draws: Draws) -> Orbits:
    """Return ``count`` satellites of a shell: phased planes, small scatter, some no longer kept."""
    slots = -(-count // spec.planes) if count else 1
    grid = np.argsort(draws.uniform(spec.planes * slots), kind="stable")[:count]
    plane, slot = np.divmod(np.sort(grid), slots)
    phasing = best_phasing(spec.planes, slots, spec.inclination_deg, spec.spread_deg)
    start_deg = draws.uniform(1, 0.0, 360.0)[0]
    u_deg = 360.0 * slot / slots + 360.0 * phasing * plane / (spec.planes * slots)
    u_deg = u_deg + draws.normal(count, 0.0, KEPT_PHASE_SIGMA_DEG)
    altitude = spec.altitude_km + (plane - spec.planes / 2.0) * spec.plane_step_km
    altitude = altitude + draws.normal(count, 0.0, KEPT_ALTITUDE_SIGMA_KM)
    high = spec.altitude_km > MEO_KM
    dead = draws.uniform(count) < (0.0 if high else SHELL_DEAD_PORTION)
    altitude = altitude - dead * draws.uniform(count, 1.0, SHELL_DEAD_DROP_KM)
    u_deg = u_deg + dead * draws.uniform(count, 0.0, 360.0)
    if high:
        ecc = draws.rayleigh(count, 0.004)
        perigee = draws.uniform(count, 0.0, 360.0)
        bstar = np.zeros(count)
    else:
        ecc = np.abs(draws.normal(count, FROZEN_ECCENTRICITY, FROZEN_SCATTER))
        perigee = draws.normal(count, 90.0, 30.0)
        bstar = draws.normal(count, 2.6e-4, 1.2e-4)
    return Orbits(
        WGS72_RADIUS_KM + altitude,
        ecc,
        spec.inclination_deg + draws.normal(count, 0.0, 0.006),
        start_deg + spec.spread_deg * plane / spec.planes + draws.normal(count, 0.0, 0.05),
        perigee,
        u_deg - perigee,
        bstar,
    )


def anywhere(
    altitude_km: Floats, ecc: Floats, inc_deg: Floats, bstar: Floats, draws: Draws, *, floor_km: float
) -> Orbits:
    """Return orbits with nodes, perigees, anomalies anywhere; eccentricity cut where perigee is too low."""
    count = len(altitude_km)
    a = WGS72_RADIUS_KM + np.maximum(altitude_km, floor_km + 10.0)
    ecc = np.minimum(ecc, 1.0 - (WGS72_RADIUS_KM + floor_km) / a)
    angles = [draws.uniform(count, 0.0, 360.0) for _ in range(3)]
    return Orbits(a, ecc, inc_deg, angles[0], angles[1], angles[2], bstar)


_BSTAR_MEDIAN = {"PAYLOAD": 3.2e-4, "ROCKET BODY": 3.3e-4, "DEBRIS": 3.0e-3}
_BSTAR_LOG_SIGMA = {"PAYLOAD": 0.9, "ROCKET BODY": 0.8, "DEBRIS": 1.0}


def bstar_of(kind: str, count: int, draws: Draws) -> Floats:
    """Return log-normal drag terms with the median of the kind of object, per Earth radius."""
    spread = np.exp(draws.normal(count, 0.0, _BSTAR_LOG_SIGMA[kind]))
    return np.asarray(_BSTAR_MEDIAN[kind] * spread, dtype=np.float64)


def family(spec: Family, count: int, draws: Draws) -> Orbits:
    """Return ``count`` objects of a band of altitude and inclination."""
    altitude = draws.normal(count, spec.altitude_km, spec.altitude_sigma_km)
    ecc = draws.rayleigh(count, spec.eccentricity_scale)
    inc = draws.normal(count, spec.inclination_deg, spec.inclination_sigma_deg)
    bstar = bstar_of(spec.kind, count, draws)
    return anywhere(altitude, ecc, inc, bstar, draws, floor_km=PERIGEE_FLOOR_KM)


def sun_synchronous(
    count: int, altitudes_km: Floats, node_hours: Floats, sun_deg: float, draws: Draws
) -> Orbits:
    """Return sun-synchronous orbits: inclination from the altitude, node from the local time.

    ``sun_deg`` is the right ascension of the mean Sun.
    """
    a = WGS72_RADIUS_KM + np.maximum(altitudes_km, PERIGEE_FLOOR_KM + 40.0)
    ecc = draws.rayleigh(count, 0.0009)
    k = 1.5 * WGS72_J2 * (WGS72_RADIUS_KM / a) ** 2 * mean_motion_deg_d(a)
    inc = np.degrees(np.arccos(-SUN_DEG_D / k)) + draws.normal(count, 0.0, 0.04)
    perigee = draws.uniform(count, 0.0, 360.0)
    return Orbits(
        a,
        ecc,
        inc,
        sun_deg + 15.0 * (node_hours - 12.0),
        perigee,
        draws.uniform(count, 0.0, 360.0),
        bstar_of("PAYLOAD", count, draws),
    )


def geostationary(count: int, gmst_deg: float, draws: Draws, *, inclined: bool) -> Orbits:
    """Return station-kept satellites at all longitudes (``inclined``: inclined geosynchronous orbits)."""
    ecc = draws.rayleigh(count, 0.02 if inclined else 1.8e-4)
    inc = draws.normal(count, 55.0, 3.0) if inclined else draws.rayleigh(count, 0.03)
    a = np.full(count, GEO_KM)
    for _ in range(4):  # the semi-major axis at which the subsatellite point stands still
        drift = sum(secular_rates_deg_d(a, ecc, inc)) - SIDEREAL_DEG_D
        a = a + drift / mean_motion_deg_d(a) * a / 1.5
    node, perigee = draws.uniform(count, 0.0, 360.0), draws.uniform(count, 0.0, 360.0)
    longitude = draws.uniform(count, 0.0, 360.0)
    return Orbits(a, ecc, inc, node, perigee, gmst_deg + longitude - node - perigee, np.zeros(count))


GRAVEYARD_PART_ROCKET = 0.45
GRAVEYARD_PART_PAYLOAD = 0.68
"""Parts of the retired objects near GEO that were brought above it; the others drift or librate."""


def geo_retired(count: int, draws: Draws, *, rocket: bool) -> Orbits:
    """Return uncontrolled objects near GEO: graveyard, drifting or librating; planes turned by their age."""
    graveyard = draws.uniform(count) < (GRAVEYARD_PART_ROCKET if rocket else GRAVEYARD_PART_PAYLOAD)
    above = np.where(graveyard, draws.uniform(count, 150.0, 550.0), draws.normal(count, 0.0, 60.0))
    if rocket:
        above = above + np.where(graveyard, 0.0, draws.normal(count, 0.0, 500.0))
    turn = 2.0 * np.pi * draws.uniform(count, 0.3, 45.0) / LAPLACE_PERIOD_Y
    x = LAPLACE_TILT_DEG * (1.0 - np.cos(turn)) + draws.normal(count, 0.0, 0.15)
    y = LAPLACE_TILT_DEG * np.sin(turn) + draws.normal(count, 0.0, 0.15)
    ecc = np.abs(draws.normal(count, 0.0, 0.012 if rocket else 0.0015))
    return Orbits(
        GEO_KM + above,
        ecc,
        np.hypot(x, y),
        np.degrees(np.arctan2(y, x)),
        draws.uniform(count, 0.0, 360.0),
        draws.uniform(count, 0.0, 360.0),
        np.zeros(count),
    )


FRESH_TRANSFER_PART = 0.55
"""Part of the transfer orbits whose apogee is still at GEO."""


def transfer(kind: str, count: int, inclination_deg: Floats, draws: Draws) -> Orbits:
    """Return geostationary transfer orbits: fresh ones with apogee at GEO, older ones lowered by drag."""
    perigee = np.minimum(TRANSFER_PERIGEE_FLOOR_KM + draws.exponential(count, 420.0), 3000.0)
    fresh = draws.uniform(count) < FRESH_TRANSFER_PART
    apogee = np.where(fresh, draws.normal(count, 35_600.0, 400.0), draws.uniform(count, 6_000.0, 35_000.0))
    a = WGS72_RADIUS_KM + (perigee + apogee) / 2.0
    ecc = (apogee - perigee) / (2.0 * a)
    angles = [draws.uniform(count, 0.0, 360.0) for _ in range(3)]
    return Orbits(a, ecc, inclination_deg, angles[0], angles[1], angles[2], bstar_of(kind, count, draws))


def molniya(count: int, draws: Draws) -> Orbits:
    """Return 12-hour orbits at the critical inclination with perigee in the south."""
    a = draws.normal(count, 26_560.0, 60.0)
    ecc = np.minimum(draws.normal(count, 0.695, 0.03), 1.0 - (WGS72_RADIUS_KM + 350.0) / a)
    inc = draws.normal(count, 63.4, 0.8)
    node = draws.uniform(count, 0.0, 360.0)
    perigee = draws.normal(count, 272.0, 12.0)
    return Orbits(a, ecc, inc, node, perigee, draws.uniform(count, 0.0, 360.0), np.zeros(count))


# --- break-up clouds ----------------------------------------------------------------------------------------

FRAGMENT_LENGTH_M = (0.1, 1.0)
"""Characteristic lengths drawn: what a catalog holds."""
BSTAR_PER_AREA_TO_MASS = 0.03
"""B* in 1/Earth radius for an area-to-mass ratio of 1 m**2/kg. Drag theory gives 0.17 (Cd = 2.2); the values
in catalogs lie about five times lower, because the static atmosphere of SGP4 is denser than the real one."""
LEFT_ECCENTRICITY = 2.5e-3
"""Drag does not make circles: the odd zonals and the Sun keep fragments about this far from it."""
SMALL_LOG_LENGTH = -1.95
"""log10 of the length in m below which the model takes the second normal only (equation 7)."""
BOUND_ECCENTRICITY_MAX = 0.7
"""Fragments thrown further out are not drawn: catalogs hold almost none."""
FALLEN_PART_MAX = 0.7
"""Fragments that drag has lowered by more of their height are gone, or fall within weeks."""
CLOUD_DRAWS = 6
"""Fragments drawn for each one kept, so that enough survive the years of drag."""


def _ramp(x: Floats, x0: float, y0: float, x1: float, y1: float) -> Floats:
    """Return the line from (x0, y0) to (x1, y1), constant outside."""
    return np.asarray(np.interp(x, [x0, x1], [y0, y1]), dtype=np.float64)


def area_to_mass(length_m: Floats, parent: str, draws: Draws) -> Floats:
    """Return log10 of area-to-mass in m**2/kg of fragments larger than 11 cm.

    NASA standard break-up model: Johnson, Krisko, Liou, Anz-Meador, Adv. Space Res. 28 (2001) 1377-1384,
    equations 6 (rocket bodies) and 7 (spacecraft), as a mixture of two normals.
    """
    x = np.log10(length_m)
    if parent == "spacecraft":
        alpha = np.where(x <= SMALL_LOG_LENGTH, 0.0, np.clip(0.3 + 0.4 * (x + 1.2), 0.0, 1.0))
        mean_1, sigma_1 = _ramp(x, -1.1, -0.6, 0.0, -0.95), _ramp(x, -1.3, 0.1, -0.3, 0.3)
        mean_2, sigma_2 = _ramp(x, -0.7, -1.2, -0.1, -2.0), _ramp(x, -0.5, 0.5, -0.3, 0.3)
    else:
        alpha = _ramp(x, -1.4, 1.0, 0.0, 0.5)
        mean_1, sigma_1 = _ramp(x, -0.5, -0.45, 0.0, -0.9), np.full(x.shape, 0.55)
        mean_2, sigma_2 = np.full(x.shape, -0.9), _ramp(x, -1.0, 0.28, 0.1, 0.1)
    first = draws.uniform(len(x)) < alpha
    return draws.normal(len(x), np.where(first, mean_1, mean_2), np.where(first, sigma_1, sigma_2))


def fragment_speed_m_s(log_area_to_mass: Floats, cause: str, draws: Draws) -> Floats:
    """Return separation speeds in m/s (same paper, equations 11 and 12)."""
    slope, offset = (0.9, 2.9) if cause == "collision" else (0.2, 1.85)
    exponent = draws.normal(len(log_area_to_mass), slope * log_area_to_mass + offset, 0.4)
    return np.asarray(10.0**exponent, dtype=np.float64)


def _kicked(spec: Breakup, kick_km_s: Floats, anomaly_deg: float, perigee_deg: float) -> Orbits:
    """Return the orbits after velocity changes (n, 3) along R, T, N at one place of the parent's orbit."""
    inc = np.radians(spec.inclination_deg)
    r_p, r_a = WGS72_RADIUS_KM + spec.perigee_km, WGS72_RADIUS_KM + spec.apogee_km
    a0, e0 = (r_p + r_a) / 2.0, (r_a - r_p) / (r_a + r_p)
    f, w = np.radians(anomaly_deg), np.radians(perigee_deg)
    p0 = a0 * (1.0 - e0 * e0)
    r = p0 / (1.0 + e0 * np.cos(f))
    speed = np.sqrt(WGS72_MU_KM3_S2 / p0)
    v_r = speed * e0 * np.sin(f) + kick_km_s[:, 0]
    v_t, v_n = speed * (1.0 + e0 * np.cos(f)) + kick_km_s[:, 1], kick_km_s[:, 2]
    v_h = np.hypot(v_t, v_n)
    a = 1.0 / (2.0 / r - (v_r**2 + v_h**2) / WGS72_MU_KM3_S2)
    p = (r * v_h) ** 2 / WGS72_MU_KM3_S2
    e_cos, e_sin = p / r - 1.0, v_r * np.sqrt(p / WGS72_MU_KM3_S2)
    ecc = np.hypot(e_cos, e_sin)
    u = f + w  # argument of latitude of the place, kept by the kick but for the turn of the plane
    turn = np.arctan2(v_n, v_t)
    z = np.cos(turn) * np.cos(inc) - np.sin(turn) * np.sin(inc) * np.cos(u)
    new_inc = np.arccos(np.clip(z, -1.0, 1.0))
    node = np.arctan2(
        np.sin(turn) * np.sin(u), np.cos(turn) * np.sin(inc) + np.sin(turn) * np.cos(inc) * np.cos(u)
    )
    new_u = np.arctan2(
        np.sin(u) * np.sin(inc), np.sin(inc) * np.cos(u) * np.cos(turn) + np.cos(inc) * np.sin(turn)
    )
    return Orbits(
        a,
        ecc,
        np.degrees(new_inc),
        np.degrees(node),
        np.degrees(new_u - np.arctan2(e_sin, e_cos)),
        np.zeros(len(a)),
        np.zeros(len(a)),
    )


def cloud(spec: Breakup, count: int, draws: Draws) -> Orbits:
    """Return ``count`` fragments of a break-up as they are today.

    Fragments of the NASA model leave one point in all directions (the spread of a Gabbard diagram), then
    nodes and perigees run apart by J2 for the years since, anomalies are anywhere, drag has lowered the
    apogees and taken away what it could.
    """
    drawn = CLOUD_DRAWS * count
    low, high = FRAGMENT_LENGTH_M
    power = -1.71 if spec.cause == "collision" else -1.6
    part = draws.uniform(drawn) * (1.0 - (high / low) ** power)
    length = low * (1.0 - part) ** (1.0 / power)
    ratio = area_to_mass(length, spec.parent, draws)
    speed_m_s = fragment_speed_m_s(ratio, spec.cause, draws)
    kick = speed_m_s[:, None] * 1e-3 * draws.direction(drawn)
    anomaly, perigee, node_deg = draws.uniform(3, 0.0, 360.0)
    now = _kicked(spec, kick, anomaly, perigee)
    a, ecc, inc = now.semi_major_axis_km, now.eccentricity, now.inclination_deg
    bstar = BSTAR_PER_AREA_TO_MASS * 10.0**ratio
    days = spec.years_ago * 365.25
    bound = (ecc < BOUND_ECCENTRICITY_MAX) & (a * (1.0 - ecc) > WGS72_RADIUS_KM + PERIGEE_FLOOR_KM)
    a, ecc, inc, bstar = a[bound], ecc[bound], inc[bound], bstar[bound]
    fall_km = 2.0 * a * bstar * drag_rate_per_min(a, ecc, inc) * MIN_PER_DAY * days
    height_km = a * (1.0 - ecc) - WGS72_RADIUS_KM - PERIGEE_FLOOR_KM
    stays = np.flatnonzero(fall_km < FALLEN_PART_MAX * height_km)
    keep = stays[:count] if len(stays) >= count else np.argsort(fall_km / height_km, kind="stable")[:count]
    a, ecc, inc, bstar = a[keep], ecc[keep], inc[keep], bstar[keep]
    lost = np.minimum(fall_km[keep], FALLEN_PART_MAX * height_km[keep])
    flat = np.minimum(lost, 2.0 * a * ecc)  # drag takes the apogee first, then the circle
    r_p = a * (1.0 - ecc) - (lost - flat) / 2.0
    a = a - lost / 2.0
    ecc = np.hypot(1.0 - r_p / a, draws.rayleigh(len(a), LEFT_ECCENTRICITY))
    ecc = np.minimum(ecc, 1.0 - (WGS72_RADIUS_KM + PERIGEE_FLOOR_KM) / a)
    _, perigee_rate, node_rate = secular_rates_deg_d(a, ecc, inc)
    chosen = now.take(bound).take(keep)
    return Orbits(
        a,
        ecc,
        inc,
        node_deg + chosen.raan_deg + node_rate * days,
        chosen.arg_perigee_deg + perigee_rate * days,
        draws.uniform(len(a), 0.0, 360.0),
        bstar,
    )
