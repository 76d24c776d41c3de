"""Detectors of threats and hazards: inputs to findings."""
