"""A function of Powertools' utilities, before and after the move."""
