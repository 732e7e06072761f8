"""What the home says: Home Assistant states and services in, typed values out."""
