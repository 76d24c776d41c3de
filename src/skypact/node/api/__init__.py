"""The REST interface: thin calls of the desk."""
