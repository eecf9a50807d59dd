"""Facts about the world that change slowly: journals, categories, arXiv's calendar. Data and look-ups."""
