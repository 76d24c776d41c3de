"""Clients of the data providers, with their manners."""
