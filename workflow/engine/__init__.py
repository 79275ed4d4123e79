"""What happens to an agreement at an instant, and how that is written down; pure."""
