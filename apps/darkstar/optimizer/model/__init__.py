"""The MILP: rows and columns of each device, put together into one PuLP problem."""
