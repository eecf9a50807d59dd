"""Crossref's REST API: works of a journal by ISSN, and works by DOI."""
