"""Time scales, frames, Earth orientation, constants and state tables (NumPy and erfa only)."""
