"""Files: atomic saves, mapped loads, compressed streams, and what a file is. Knows nothing of pickles."""
