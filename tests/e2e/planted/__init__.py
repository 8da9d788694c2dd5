"""The planted defects, a module for each gate."""
