"""The audit export: everything that was recorded, and a judge that knows nothing of looptijd."""
