"""Reflex: do the settings fit what was measured? Analyzers that propose, within bounds and small steps."""
