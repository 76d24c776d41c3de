"""Exercises: populations, scripted nodes and scenarios."""
