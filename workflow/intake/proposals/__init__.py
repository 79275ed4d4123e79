"""Reading a proposal to the college: what it says of an agreement, each value with its quote."""
