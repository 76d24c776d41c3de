"""Messages and tables of the field: bytes to values, values to bytes."""
