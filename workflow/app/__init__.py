"""What every use case opens: a transaction on a register that may be used now."""
