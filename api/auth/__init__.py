"""People: accounts, passwords, sessions; and devices: enrolment, tokens."""
