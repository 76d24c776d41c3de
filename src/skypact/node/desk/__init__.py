"""One function for each thing that a person or a job can ask of a node."""
