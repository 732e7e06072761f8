"""From a decision to typed writes, by the profiles of inverter, charger and water heater."""
