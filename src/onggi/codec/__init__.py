"""Objects to bytes and back. `decode` is the only place that builds."""
