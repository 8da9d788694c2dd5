"""Findings, thresholds, waivers and quarantine to a verdict; pure, so that judging is always done afresh."""
