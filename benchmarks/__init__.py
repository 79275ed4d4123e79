"""How fast looptijd is beside what people would otherwise use, measured in one run and in turn."""
