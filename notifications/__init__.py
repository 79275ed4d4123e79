"""The words: from an alert to an accepted mail."""
