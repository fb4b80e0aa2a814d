"""The embedded default data: shoes and doodles drawn by program, photos and strokes alike."""
