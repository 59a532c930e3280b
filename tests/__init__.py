"""The tests. Folders and files mirror src/onggi."""
