"""The schema and its changes; Alembic's own files, run by `looptijd init`."""
