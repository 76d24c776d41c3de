"""The objects of a screening: SGP4 element sets and sampled ephemerides behind one face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from skypact.astro.timescales import NS_PER_S, tai_ns_to_utc_ns, utc_ns_to_tai_ns
from skypact.conjunction.refinement_kernels import sgp4_states
from skypact.conjunction.screening_kernels import J2_FACTOR_KM2, MU
from skypact.formats.elements import ElementTable
from skypact.orbits.sgp4 import Sgp4Models

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Sampled(Protocol):
    """What screening asks of an ephemeris (see :mod:`skypact.orbits.trajectory`)."""

    @property
    def start_tai_ns(self) -> int:
        """First time of the span."""

    @property
    def stop_tai_ns(self) -> int:
        """Last time of the span."""

    @property
    def spans_tai_ns(self) -> Ints:
        """Usable spans, shape (k, 2), in order: it has no states between them; they may touch (a burn)."""

    def inertial_states(self, tai_ns: Ints) -> tuple[Floats, Floats]:
        """Return positions (m, 3) in km and velocities (m, 3) in km/s in the frame of the screening.

        NaN where it has no state: outside its span and in gaps between its segments.
        """


@dataclass(frozen=True, eq=False)
class Bodies:
    """n objects to screen: first those with element sets, then those with ephemerides.

    All positions are in one inertial frame about one center: TEME about the Earth where there are element
    sets. Times are seconds after ``reference_utc_ns`` (UTC ns, days of 86,400 s, as SGP4 reckons).
    """

    models: Sgp4Models
    sampled: tuple[Sampled, ...]
    norad: Ints
    """Catalog number, 0 where an ephemeris has none."""
    epoch_tai_ns: Ints
    """Epoch of the element set; start of the ephemeris."""
    reference_utc_ns: int
    mu_km3_s2: float = MU
    j2_factor_km2: float = J2_FACTOR_KM2

    def __len__(self) -> int:
        return int(self.norad.shape[0])

    @staticmethod
    def of(
        elements: ElementTable | None,
        start_tai_ns: int,
        sampled: Sequence[Sampled] = (),
        sampled_norad: Sequence[int] = (),
        mu_km3_s2: float = MU,
        j2_factor_km2: float = J2_FACTOR_KM2,
    ) -> Bodies:
        """Gather bodies for a screening that starts at ``start_tai_ns``.

        ``mu_km3_s2`` and ``j2_factor_km2`` (1.5 J2 R**2) are of the center that all ephemerides have in
        common: they shape the polynomials that the search is made with, never a result. Where they are
        unknown take 0: it searches wider then.
        """
        models = Sgp4Models.from_elements(elements) if elements is not None else _no_models()
        epochs = [] if elements is None else [elements.epoch_tai_ns]
        return Bodies(
            models=models,
            sampled=tuple(sampled),
            norad=np.concatenate([models.norad, np.array(sampled_norad, dtype=np.int64)]),
            epoch_tai_ns=np.concatenate(
                [*epochs, np.array([s.start_tai_ns for s in sampled], dtype=np.int64)]
            ),
            reference_utc_ns=int(tai_ns_to_utc_ns(start_tai_ns)),
            mu_km3_s2=mu_km3_s2,
            j2_factor_km2=j2_factor_km2,
        )

    def seconds(self, tai_ns: Ints) -> Floats:
        """Return TAI ns as seconds after the reference, as :meth:`tai_ns` takes them."""
        return np.asarray((tai_ns_to_utc_ns(tai_ns) - self.reference_utc_ns) / NS_PER_S)

    def tai_ns(self, time_s: Floats) -> Ints:
        """Return seconds after the reference as TAI ns."""
        return utc_ns_to_tai_ns(self.reference_utc_ns + np.round(time_s * 1e9).astype(np.int64))

    def states(self, rows: Ints, time_s: Floats) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the state (m, 6) in km and km/s of each row at its own time, and whether it exists then."""
        out = np.empty((rows.shape[0], 6))
        exists = np.zeros(rows.shape[0], dtype=np.bool_)
        count = len(self.models)
        if not self.sampled:
            self._sgp4(rows, time_s, out, exists)
            return out, exists
        own = rows < count
        part, part_exists = np.empty((int(own.sum()), 6)), np.zeros(int(own.sum()), dtype=np.bool_)
        self._sgp4(rows[own], time_s[own], part, part_exists)
        out[own], exists[own] = part, part_exists
        for k in np.unique(rows[~own]):
            trajectory = self.sampled[int(k) - count]
            at = np.flatnonzero(rows == k)
            out[at, :3], out[at, 3:] = trajectory.inertial_states(self.tai_ns(time_s[at]))
            exists[at] = ~np.isnan(out[at, 0])
        return out, exists

    def _sgp4(self, rows: Ints, time_s: Floats, out: Floats, exists: NDArray[Any]) -> None:
        models = self.models
        sgp4_states(
            models.coefficients, models.epoch_utc_ns, rows, self.reference_utc_ns, time_s, out, exists
        )


def _no_models() -> Sgp4Models:
    from skypact.orbits.sgp4_kernels import COLUMNS

    ints = np.empty(0, dtype=np.int64)
    return Sgp4Models(
        norad=ints,
        epoch_utc_ns=ints,
        deep=np.empty(0, dtype=np.bool_),
        init_error=np.empty(0, dtype=np.uint8),
        coefficients=np.empty((0, COLUMNS)),
    )
