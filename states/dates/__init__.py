"""From facts to dates: the term, instalments, renewal, working days, the policy."""
