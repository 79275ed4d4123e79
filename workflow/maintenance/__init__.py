"""Keeping the register sound: set up, back up, restore, adopt, verify, reconcile, seal, watch."""
