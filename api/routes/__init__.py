"""Routes: HTTP doors; they call services and return their answers."""
