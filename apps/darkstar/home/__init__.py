"""What the home is: validated settings, and the value types that every layer shares."""
