"""The file format: opcodes, label, alignment, seal, split and join. Bytes in, bytes out; no I/O."""
