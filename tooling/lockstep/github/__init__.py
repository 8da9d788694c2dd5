"""What GitHub and git hooks see: thin shims over the sessions, generated from the gates."""
