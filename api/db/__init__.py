"""Persistence: tables and migrations."""
