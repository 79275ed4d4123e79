"""Reading files of agreements and offices, with every problem and the line it stands on."""
