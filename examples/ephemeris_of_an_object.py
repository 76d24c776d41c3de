"""Print an hour of states of one object of a catalog file, in GCRF.

python examples/ephemeris_of_an_object.py gp.csv.gz 25544
"""

import sys
from pathlib import Path

import numpy as np

from skypact.astro.frames import Frame
from skypact.astro.timescales import NS_PER_S, format_utc
from skypact.formats.catalog_files import read_elements
from skypact.formats.reading import RawInput
from skypact.orbits.element_trajectory import trajectories_from_elements

path, norad = Path(sys.argv[1]), int(sys.argv[2])
elements, report = read_elements(RawInput(path.name, path.read_bytes()))
trajectory, *others = trajectories_from_elements(elements.take(elements.norad == norad))

epochs = trajectory.epoch_tai_ns + np.arange(61) * 60 * NS_PER_S
states = trajectory.states(epochs, Frame.GCRF)
for epoch, position_km, velocity_km_s in zip(epochs, states.position_km, states.velocity_km_s, strict=True):
    print(format_utc(int(epoch)), *(f"{value:16.6f}" for value in (*position_km, *velocity_km_s)))
