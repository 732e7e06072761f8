"""The plan as chart, table and sentence: pure rendering."""
