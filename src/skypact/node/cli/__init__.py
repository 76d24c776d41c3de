"""The command line: thin calls of the desk."""
