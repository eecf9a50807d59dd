"""Facts about the world that change slowly: journals, categories, arXiv's calendar.

It holds data and look-ups, no IO.
"""
