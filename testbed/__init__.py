"""Servers for tests and demonstrations: real ones, started here and ended here.

A package beside the operator's, never shipped with it: nothing in `schemasync`
may import it. Each module is also a program, `python -m testbed.NAME`.
"""
