"""`/search`: the library by words and fields."""
