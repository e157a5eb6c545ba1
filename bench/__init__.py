"""Measurements of the engine: ``make bench``. Nothing of the product imports this."""
