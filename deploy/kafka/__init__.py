"""Kafka's topics and permissions as data, made from the contracts and from what the services consume."""
