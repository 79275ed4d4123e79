"""The register as a static site: read, printed page by page, and put into a folder as a whole."""
