"""Work that runs beside the pages: gathering, the daily schedule, leases."""
