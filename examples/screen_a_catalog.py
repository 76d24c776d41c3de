"""Find all close approaches of a day among the element sets of a file (TLE, OMM; packed or not).

python examples/screen_a_catalog.py gp.csv.gz
"""

import sys
from pathlib import Path

import numpy as np

from skypact.astro.timescales import format_utc
from skypact.conjunction.screening import screen_catalog
from skypact.formats.catalog_files import dedupe_newest, read_elements
from skypact.formats.reading import RawInput

path = Path(sys.argv[1])
elements, report = read_elements(RawInput(path.name, path.read_bytes()))
elements, older = dedupe_newest(elements)
print(f"{len(elements)} objects, {len(report.rejected)} records kept out, {len(older)} older sets")

start_tai_ns = int(np.median(elements.epoch_tai_ns))
found = screen_catalog(elements, start_tai_ns, hours=24.0, threshold_km=5.0, workers=2)
encounters = found.encounters
print(f"{len(encounters)} encounters from {format_utc(start_tai_ns)}, {len(found.absent)} objects absent")

for row in np.argsort(encounters.miss_km)[:10]:
    one, two = encounters.row_1[row], encounters.row_2[row]
    when = format_utc(int(encounters.tca_tai_ns[row]))
    how = f"{encounters.miss_km[row]:9.6f} km {encounters.rel_speed_km_s[row]:7.3f} km/s"
    print(when, how, elements.object_name[one], elements.object_name[two], sep="  ")
