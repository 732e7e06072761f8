"""What keeps a home safe when Darkstar is not there, or not wanted: lease, watchdog, toggles."""
