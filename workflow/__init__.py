"""The engine: runs the procedure on stored agreements."""
