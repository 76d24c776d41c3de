"""A joint case: states, roles, decisions and deadlines."""
