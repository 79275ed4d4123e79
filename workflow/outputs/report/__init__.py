"""The register as a static site: read from a file, printed, and put on a shelf."""
