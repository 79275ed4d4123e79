"""The engine: runs the procedure on stored agreements."""

__version__ = "0.1.0"  # of the whole product; pyproject.toml reads it here
