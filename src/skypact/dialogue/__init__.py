"""Rounds, agenda, commitments and the joint documents in English and Korean."""
