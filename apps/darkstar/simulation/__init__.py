"""A house in software and the closed loop around it."""
