"""Generated shoes: random designs, their rendered photos and simulated sketches."""
