"""AcademicHub: live literature, a personal research radar, and cited, checked briefs."""

__version__ = "0.2.0"
