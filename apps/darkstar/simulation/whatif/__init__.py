"""What if: other devices, other terms, another wish; ahead on the plan, and over the home's own past."""
