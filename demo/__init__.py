"""The page: draw a shoe, find the shoe; draw a doodle, see its like."""
