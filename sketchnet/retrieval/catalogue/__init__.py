"""The catalogue of a gallery: fields such as title, brand and price, and the colours of the photos.

A table beside the photos (`table`) is assigned to them (`assign`), kept in one SQLite file
(`write`) and held in memory while it is searched (`catalogue`).
"""
