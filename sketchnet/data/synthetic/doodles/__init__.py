"""Generated doodles of ten Quick, Draw! categories."""
