"""What every service shares: money, identifiers and safe logs."""
