"""Files that leave the home: a replay bundle for a question, an archive for a new server."""
