"""What is left of a person, and where: every table, log, metric, topic and file, counted from moment to moment."""
