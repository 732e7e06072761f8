"""Carries writes out: compares, sends, reads back, tries again, counts, and yields to others."""
