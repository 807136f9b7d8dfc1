"""Linewarden: the command line, the settings and the composition of edge and server."""
