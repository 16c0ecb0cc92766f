"""Which papers procedures demand, and what the city can answer each with."""
