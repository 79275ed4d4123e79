"""From a queued alert to what a transport is given, and what its answer makes of the row."""
