"""What a stored kWh is worth, as four state-of-charge thresholds per slot."""
