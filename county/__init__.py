"""What the four services share of the county's own: what the law asks to say, how long is stored, why records open."""
