"""`linewarden zones`: a page on this machine to draw zones and to try rules on a recording.

In this room: the settings file as a draft, tries on a recording, the page and its routes.
Never: what a rule decides (`events.rules`), how it looks (`linewarden.families`), a store.
"""
