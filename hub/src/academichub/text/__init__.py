"""Text as the hub reads it: markup, LaTeX, character sets and sentences. Pure, no IO."""
