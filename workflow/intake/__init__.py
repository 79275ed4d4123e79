"""From files to the register: `files/` knows formats, the rest knows agreements."""
