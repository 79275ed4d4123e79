"""Tables: the register, its instalments and its dates, for spreadsheets and databases."""
