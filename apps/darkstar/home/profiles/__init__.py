"""Device profiles: what an inverter or a charger can do and how it is told, as data."""
