"""The outbox: what is queued, who takes it, what a lease allows, what changes, what is asked."""
