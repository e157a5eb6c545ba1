"""Guided self-checks: rules kept as data, and the engine that runs them all.

``schema`` is what a rule file may say, ``load`` reads and ``verify`` proves it, ``engine`` walks it
with a visitor's answers, ``reading`` understands the answers, ``diagram`` draws it.
"""
