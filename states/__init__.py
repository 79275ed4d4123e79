"""The procedure: pure rules over frozen values; no I/O, no clock, no database."""
