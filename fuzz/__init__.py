"""Fuzz targets: what must hold for any bytes, tried on very many of them. See README.md."""
