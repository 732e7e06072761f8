"""Kepler: the MILP that turns a plan request into a plan, its solvers and its fallback."""
