"""Compute the collision probability of a conjunction data message by several methods.

python examples/probability_of_a_cdm.py message.cdm [HBR_M]
"""

import sys
from pathlib import Path

from skypact.conjunction.pc import DEFAULT_METHODS, probability
from skypact.conjunction.pc_cdm import encounter_of_cdm
from skypact.formats.cdm import read_cdms
from skypact.formats.reading import RawInput

path = Path(sys.argv[1])
hbr_m = float(sys.argv[2]) if len(sys.argv) > 2 else None

cdms, report = read_cdms(RawInput(path.name, path.read_bytes()))
for cdm in cdms:
    encounter = encounter_of_cdm(cdm, hbr_m)
    print(f"{cdm.message_id}: miss {cdm.miss_distance_m:g} m, combined radius {encounter.hbr_km * 1e3:g} m")
    for method in DEFAULT_METHODS:
        result = probability(encounter, method)
        print(f"  {method:13} {result.pc:.3e}  {'valid' if result.valid else 'not valid'}: {result.why}")
