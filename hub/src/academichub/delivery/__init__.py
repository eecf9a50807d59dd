"""What leaves the hub: exports and feeds. Writers only; what is written is decided by the callers."""
