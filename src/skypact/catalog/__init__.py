"""Objects, their names and owners, element sets and histories, and whom to trust."""
