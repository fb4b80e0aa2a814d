"""Synthetic data: generated shoes (photos with stroke sketches) and generated doodles."""
