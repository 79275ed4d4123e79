"""Offices and persons: who holds what, handover, what is kept of a person, erasure."""
