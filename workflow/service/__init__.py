"""Every use case once; the commands and the daemon call these functions and nothing else."""
