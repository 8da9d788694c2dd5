"""Programs and plugins that run inside a component's own environment: no dependency on Lockstep, old interpreters too.

Each file stands alone and has a name of its own, because its folder is on the import path of the tests.
"""
