"""Bringing files into the register: the agreements, the offices, and what ties them together."""
