"""Links to partner nodes."""
