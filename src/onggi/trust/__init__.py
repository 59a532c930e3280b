"""Whom to trust: digests, message authentication codes, and the user's own secret key."""
