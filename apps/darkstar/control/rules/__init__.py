"""The rules that decide over battery, water heater and car, one module each."""
