"""What the exercise population is made from: published statistics, as numbers per 30,000 objects.

No element set of anybody is in here. Sources, by table:

- regimes and object types: the shares that ESA's Annual Space Environment Report (GEN-DB-LOG-00288-OPS-SD,
  issues 9.0 of 31 March 2025 and 10.0 of 1 May 2026, sections 2 and 3) and the box scores of the public
  satellite catalogs show, rounded: about half payloads, two fifths debris, 7 % rocket bodies; five sixths
  in low Earth orbit;
- shells: orbital parameters in public filings with the FCC. Broadband shells at 540 to 570 km: FCC 21-48
  (2021); later groups at 43 and 53 deg as flown (559 km and 480 to 490 km; the grant FCC 22-91 of 2022 names
  525 to 535 km); 590 to 630 km: FCC 20-102 (2020); 1,200 km, 87.9 deg,
  18 planes of 36 to 40: SAT-MPL-20200526-00062; polar 780 km, 86.4 deg, 6 x 11 and 1,414 km, 52 deg, 8 x 6:
  the two mobile-telephone systems of 1998; GNSS: the interface documents of the four systems;
- break-ups: orbit of the parent, year and cause of the events with most cataloged fragments in NASA's
  History of On-Orbit Satellite Fragmentations (NASA/TM-2008-214779, 14th edition, and its successors),
  apogee and perigee rounded to 5 km; the three large ones since 2021 from their announcements;
- families of older payloads and rocket bodies: the bands of altitude and inclination that the same reports
  and the textbooks name (launch sites and vehicles fix them).
"""

from __future__ import annotations

from dataclasses import dataclass

SHARES_PER = 30_000
"""Every ``share`` below is a number of objects in a population of this size."""


@dataclass(frozen=True)
class Shell:
    """A constellation on equal circular orbits: planes evenly spread, satellites evenly phased."""

    operator: str
    name: str
    altitude_km: float
    inclination_deg: float
    planes: int
    share: int
    plane_step_km: float = 0.0
    """Difference of altitude between neighboring planes (some operators keep planes apart so)."""
    spread_deg: float = 360.0
    """Angle over which the ascending nodes are spread (180 for polar 'star' constellations)."""
    country: str = "US"


SHELLS = (
    Shell("EXO-NET", "EXO-NET A", 550.0, 53.05, 72, 1450),
    Shell("EXO-NET", "EXO-NET B", 540.0, 53.22, 72, 1500),
    Shell("EXO-NET", "EXO-NET C", 570.0, 70.0, 36, 400),
    Shell("EXO-NET", "EXO-NET D", 560.0, 97.6, 10, 230),
    Shell("EXO-NET", "EXO-NET E", 559.0, 43.0, 28, 2150),
    Shell("EXO-NET", "EXO-NET F", 482.0, 53.16, 28, 1350),
    Shell("EXO-NET", "EXO-NET G", 488.0, 43.0, 28, 250),
    Shell("HALO-LINK", "HALO-LINK", 1200.0, 87.9, 18, 640, plane_step_km=2.0, spread_deg=180.0, country="UK"),
    Shell("BASALT", "BASALT", 630.0, 51.9, 34, 260),
    Shell("QINGHE", "QINGHE", 1070.0, 89.0, 12, 150, plane_step_km=1.5, spread_deg=180.0, country="PRC"),
    Shell("TIANLU", "TIANLU", 1145.0, 86.5, 10, 120, plane_step_km=1.5, spread_deg=180.0, country="PRC"),
    Shell("AURORA", "AURORA", 780.0, 86.4, 6, 72, spread_deg=180.0),
    Shell("CIRCLET", "CIRCLET", 1414.0, 52.0, 8, 54),
    Shell("WAYMARK G", "WAYMARK G", 20_182.0, 55.0, 6, 31),
    Shell("WAYMARK R", "WAYMARK R", 19_130.0, 64.8, 3, 26, country="CIS"),
    Shell("WAYMARK E", "WAYMARK E", 23_222.0, 56.0, 3, 28, country="EU"),
    Shell("WAYMARK B", "WAYMARK B", 21_528.0, 55.2, 3, 26, country="PRC"),
)

TRANSIT_SHARE = 900
"""Broadband satellites on their way up or down, below the shells."""
TRANSIT_ALTITUDE_KM = (335.0, 510.0)


@dataclass(frozen=True)
class Family:
    """Objects of one band: normal in altitude and inclination, Rayleigh in eccentricity, nodes anywhere."""

    kind: str
    name: str
    altitude_km: float
    altitude_sigma_km: float
    inclination_deg: float
    inclination_sigma_deg: float
    eccentricity_scale: float
    share: int
    country: str


FAMILIES = (
    # payloads of the small-satellite age, put down in groups by shared launches
    Family("PAYLOAD", "CUBELET", 425.0, 25.0, 51.6, 0.1, 0.0007, 203, "TBD"),
    Family("PAYLOAD", "CUBELET", 470.0, 45.0, 45.0, 0.3, 0.0007, 180, "US"),
    Family("PAYLOAD", "CUBELET", 515.0, 50.0, 36.9, 3.0, 0.0010, 150, "US"),
    Family("PAYLOAD", "LOOKOUT", 530.0, 40.0, 97.5, 0.2, 0.0008, 260, "PRC"),
    Family("PAYLOAD", "LOOKOUT", 650.0, 30.0, 98.0, 0.2, 0.0008, 160, "PRC"),
    Family("PAYLOAD", "RANGER", 600.0, 25.0, 63.4, 0.1, 0.0012, 130, "PRC"),
    Family("PAYLOAD", "RANGER", 1090.0, 25.0, 63.4, 0.1, 0.0015, 120, "PRC"),
    Family("PAYLOAD", "MESH", 710.0, 30.0, 47.0, 1.5, 0.0010, 90, "US"),
    # older payloads
    Family("PAYLOAD", "OLDSAT C", 1470.0, 35.0, 74.0, 0.05, 0.0040, 330, "CIS"),
    Family("PAYLOAD", "OLDSAT C", 1415.0, 20.0, 82.6, 0.05, 0.0015, 200, "CIS"),
    Family("PAYLOAD", "OLDSAT C", 965.0, 25.0, 82.95, 0.05, 0.0025, 260, "CIS"),
    Family("PAYLOAD", "OLDSAT C", 780.0, 18.0, 74.05, 0.05, 0.0020, 120, "CIS"),
    Family("PAYLOAD", "OLDSAT C", 840.0, 45.0, 81.2, 0.1, 0.0030, 80, "CIS"),
    Family("PAYLOAD", "OLDSAT C", 620.0, 25.0, 82.5, 0.1, 0.0020, 110, "CIS"),
    Family("PAYLOAD", "OLDSAT C", 850.0, 12.0, 71.0, 0.05, 0.0010, 40, "CIS"),
    Family("PAYLOAD", "OLDSAT C", 950.0, 25.0, 65.0, 0.1, 0.0050, 50, "CIS"),
    Family("PAYLOAD", "OLDSAT A", 830.0, 25.0, 98.8, 0.2, 0.0015, 150, "US"),
    Family("PAYLOAD", "OLDSAT A", 1000.0, 90.0, 99.6, 0.6, 0.0050, 90, "US"),
    Family("PAYLOAD", "OLDSAT A", 1080.0, 60.0, 90.1, 0.4, 0.0060, 70, "US"),
    Family("PAYLOAD", "OLDSAT A", 790.0, 120.0, 40.0, 9.0, 0.0080, 90, "US"),
    Family("PAYLOAD", "OLDSAT A", 780.0, 8.0, 86.4, 0.1, 0.0008, 30, "US"),
    # rocket bodies
    Family("ROCKET BODY", "STAGE N R/B", 760.0, 20.0, 74.05, 0.05, 0.0040, 150, "CIS"),
    Family("ROCKET BODY", "STAGE N R/B", 970.0, 22.0, 82.95, 0.05, 0.0040, 150, "CIS"),
    Family("ROCKET BODY", "STAGE N R/B", 1470.0, 40.0, 74.0, 0.05, 0.0060, 80, "CIS"),
    Family("ROCKET BODY", "STAGE V R/B", 620.0, 35.0, 81.2, 0.1, 0.0040, 90, "CIS"),
    Family("ROCKET BODY", "STAGE V R/B", 860.0, 30.0, 81.2, 0.1, 0.0050, 60, "CIS"),
    Family("ROCKET BODY", "STAGE Z R/B", 842.0, 10.0, 71.0, 0.02, 0.0010, 40, "CIS"),
    Family("ROCKET BODY", "STAGE L R/B", 700.0, 130.0, 98.3, 0.6, 0.0100, 260, "PRC"),
    Family("ROCKET BODY", "STAGE D R/B", 900.0, 220.0, 60.0, 18.0, 0.0300, 130, "US"),
    # fragments and mission-related debris without a large event behind them
    Family("DEBRIS", "PIECE N DEB", 940.0, 130.0, 82.8, 0.4, 0.0090, 480, "CIS"),
    Family("DEBRIS", "PIECE N DEB", 800.0, 110.0, 74.1, 0.3, 0.0090, 330, "CIS"),
    Family("DEBRIS", "PIECE N DEB", 1450.0, 120.0, 74.0, 0.3, 0.0120, 200, "CIS"),
    Family("DEBRIS", "PIECE V DEB", 840.0, 120.0, 71.0, 0.3, 0.0110, 360, "CIS"),
    Family("DEBRIS", "PIECE R DEB", 900.0, 90.0, 65.0, 0.5, 0.0120, 280, "CIS"),
    Family("DEBRIS", "PIECE L DEB", 760.0, 130.0, 98.5, 0.8, 0.0110, 540, "PRC"),
    Family("DEBRIS", "PIECE A DEB", 800.0, 140.0, 99.0, 1.2, 0.0130, 480, "US"),
    Family("DEBRIS", "PIECE A DEB", 850.0, 230.0, 38.0, 9.0, 0.0300, 260, "US"),
)

SUN_SYNCHRONOUS_SHARE = 2_200
SUN_SYNCHRONOUS_ALTITUDES = (
    (478.0, 38.0, 0.42),
    (560.0, 50.0, 0.20),
    (645.0, 45.0, 0.18),
    (785.0, 45.0, 0.20),
)
"""Mean altitude and sigma in km, and weight, of sun-synchronous payloads."""
SUN_SYNCHRONOUS_HOURS = ((10.5, 0.7, 0.45), (13.5, 0.7, 0.17), (6.0, 0.5, 0.18), (22.0, 0.9, 0.20))
"""Local time of the ascending node, sigma in hours, and weight."""


@dataclass(frozen=True)
class Breakup:
    """A break-up whose fragments the catalog holds today."""

    name: str
    apogee_km: float
    perigee_km: float
    inclination_deg: float
    years_ago: float
    cause: str
    """``collision`` or ``explosion``: which velocity distribution of the break-up model applies."""
    parent: str
    """``spacecraft`` or ``rocket body``: which area-to-mass distribution applies."""
    share: int
    country: str


BREAKUPS = (
    Breakup("CLOUD 01 DEB", 865, 845, 98.6, 19.9, "collision", "spacecraft", 1950, "PRC"),
    Breakup("CLOUD 02 DEB", 800, 775, 74.0, 17.8, "collision", "spacecraft", 680, "CIS"),
    Breakup("CLOUD 03 DEB", 780, 775, 86.4, 17.8, "collision", "spacecraft", 130, "US"),
    Breakup("CLOUD 04 DEB", 850, 810, 98.8, 4.0, "explosion", "rocket body", 430, "PRC"),
    Breakup("CLOUD 05 DEB", 830, 790, 98.9, 2.3, "explosion", "rocket body", 780, "PRC"),
    Breakup("CLOUD 06 DEB", 858, 842, 98.9, 11.0, "explosion", "spacecraft", 410, "US"),
    Breakup("CLOUD 07 DEB", 840, 840, 98.8, 11.8, "explosion", "spacecraft", 170, "US"),
    Breakup("CLOUD 08 DEB", 1015, 960, 83.0, 45.0, "explosion", "spacecraft", 350, "CIS"),
    Breakup("CLOUD 09 DEB", 1085, 1065, 99.9, 56.0, "explosion", "rocket body", 330, "US"),
    Breakup("CLOUD 10 DEB", 1105, 1095, 99.6, 35.0, "explosion", "rocket body", 220, "US"),
    Breakup("CLOUD 11 DEB", 1510, 1500, 102.1, 53.0, "explosion", "rocket body", 180, "US"),
    Breakup("CLOUD 12 DEB", 1460, 1445, 101.7, 51.0, "explosion", "rocket body", 150, "US"),
    Breakup("CLOUD 13 DEB", 1520, 1505, 102.0, 49.0, "explosion", "rocket body", 160, "US"),
    Breakup("CLOUD 14 DEB", 910, 900, 98.8, 46.0, "explosion", "rocket body", 130, "US"),
    Breakup("CLOUD 15 DEB", 915, 740, 97.8, 51.0, "explosion", "rocket body", 70, "US"),
    Breakup("CLOUD 16 DEB", 820, 585, 82.0, 30.5, "explosion", "rocket body", 90, "US"),
    Breakup("CLOUD 17 DEB", 995, 880, 66.8, 65.4, "explosion", "rocket body", 200, "US"),
    Breakup("CLOUD 18 DEB", 940, 905, 70.0, 57.0, "explosion", "rocket body", 150, "US"),
    Breakup("CLOUD 19 DEB", 790, 710, 32.2, 61.0, "explosion", "rocket body", 40, "US"),
    Breakup("CLOUD 20 DEB", 1525, 1480, 73.6, 39.0, "explosion", "spacecraft", 80, "CIS"),
    Breakup("CLOUD 21 DEB", 1725, 1460, 74.0, 35.7, "explosion", "rocket body", 70, "CIS"),
    Breakup("CLOUD 22 DEB", 855, 845, 71.0, 33.9, "explosion", "rocket body", 190, "CIS"),
    Breakup("CLOUD 23 DEB", 745, 725, 98.5, 26.7, "explosion", "rocket body", 110, "PRC"),
    Breakup("CLOUD 24 DEB", 835, 805, 98.7, 40.0, "explosion", "rocket body", 50, "FR"),
    Breakup("CLOUD 25 DEB", 675, 550, 97.9, 25.0, "explosion", "rocket body", 40, "IND"),
    Breakup("CLOUD 26 DEB", 485, 465, 82.6, 5.0, "collision", "spacecraft", 20, "CIS"),
)

GEO_KEPT_SHARE = 540
GEO_RETIRED_SHARE = 620
GEO_ROCKET_SHARE = 260
GEO_INCLINED_SHARE = 60
TRANSFER_ROCKET_SHARE = 760
TRANSFER_DEBRIS_SHARE = 850
TRANSFER_INCLINATIONS = (
    (6.5, 1.0, 0.36),
    (26.5, 2.0, 0.22),
    (19.5, 2.0, 0.08),
    (48.5, 1.5, 0.22),
    (63.5, 1.5, 0.12),
)
"""Inclination and sigma in degrees, and weight, of transfer orbits: the latitudes of launch sites."""
MOLNIYA_SHARE = 190
MEO_OLD_SHARE = 420
"""Retired navigation satellites, their stages and fragments, up to 1,500 km from the working shells."""
MEO_DEBRIS_SHARE = 480
"""Fragments and needles between 2,000 and 5,000 km."""
