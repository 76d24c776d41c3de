"""Make an exercise population (no real object in it), and screen two hours of it.

python examples/make_a_population.py 3000 population.csv
"""

import sys
from pathlib import Path

from skypact.astro.timescales import parse_utc
from skypact.catalog.population import make_population
from skypact.conjunction.encounters import EncounterKind
from skypact.conjunction.screening import screen_catalog
from skypact.formats.omm_csv import write_omm_csv

objects, path = int(sys.argv[1]), Path(sys.argv[2])
epoch_tai_ns = parse_utc("2026-01-01T00:00:00Z")

population = make_population(1, objects, epoch_tai_ns)
path.write_text(write_omm_csv(population.table), encoding="utf-8")
print(f"{len(population.table)} objects and {len(population.assets)} assets in {path}")

encounters = screen_catalog(population.table, epoch_tai_ns, hours=2.0, threshold_km=10.0).encounters
for kind in EncounterKind:
    print(f"{int(encounters.is_kind(kind).sum()):6d} {kind}")
