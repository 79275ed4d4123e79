"""The JSON of every command."""
