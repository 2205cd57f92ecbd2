"""The demonstration: three residents, from prescription to attended hour, told with what was observed on the way."""
