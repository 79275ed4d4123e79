"""A whole dossier as a folder: everything of one agreement, for an archive."""
