"""The one room that touches the world: it reads, stores, schedules, sends and shows."""
