"""One module a command, of the command's name."""
