"""What the four services share of the county's own: whom the law asks to say what, and how long something is stored."""
