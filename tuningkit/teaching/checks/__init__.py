"""The exercise checks, one module per chapter: the exercises of chapter 3.3 are checked by `chapter_03_3`.

A module is imported when one of its keys is first asked for, so a chapter pays only for its own checks.
"""
