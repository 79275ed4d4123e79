"""The eight stages of the procedure, one module each."""
