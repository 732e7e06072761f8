"""How the home's models come about: the order, the process of its own, the run, and the shelf of what it gave."""
