"""Plain types of the domain: works, records, identifiers, names and fields of science. No IO."""
