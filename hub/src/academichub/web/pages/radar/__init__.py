"""`/radar`: what decides the order of Today."""
