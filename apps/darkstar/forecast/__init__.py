"""Aurora: what load, PV and prices will probably be, and how sure that is."""
