"""From plan, policy and readings to device settings, and from those to Home Assistant."""
