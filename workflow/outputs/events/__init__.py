"""The events file: what happened, for other systems, as CloudEvents."""
