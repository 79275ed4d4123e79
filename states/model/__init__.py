"""The values that everything is said in: the agreement, its facts, its events."""
