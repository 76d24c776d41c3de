"""SGP4 in bulk, trajectories and their interpolation, closest approach."""
