"""One file for each promise; ``python -m bench`` runs them and keeps dated rows in ``bench/rows``."""
