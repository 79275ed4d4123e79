"""The machine and its configuration: settings, files, the clock, systemd; knows no agreement."""
