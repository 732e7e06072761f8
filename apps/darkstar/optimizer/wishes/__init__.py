"""What each device wishes beyond money, and what it counts when it is not met."""
