"""Work in the background of the pages: gathering, the daily schedule, leases."""
