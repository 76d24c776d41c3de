"""Screening, collision probability, and the life of a conjunction."""
