"""What really happened: observations from energy counters."""
