"""From readings, forecasts and settings to the question put to the optimizer."""
