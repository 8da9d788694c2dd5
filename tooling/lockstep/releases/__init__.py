"""Releases: versions from commits, changelogs, tags, and publishing that resumes."""
