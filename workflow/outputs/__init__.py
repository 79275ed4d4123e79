"""What leaves for readers and programs; each kind with what it reads and what it writes."""
