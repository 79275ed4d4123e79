"""The use cases of an agreement: act, tick, simulate, ask."""
