"""What the synthetic city is drawn from: its province, places, procedures, names, and columns to draw them into."""
