"""The Atscript language: from the bytes of a file set to the model, or to diagnostics.

Everything in here is pure: no clock, no file system, no network, no database. Bad input is
never an exception but a diagnostic; it may know `model` and `errors`, and nothing else of
the project. The rooms, in the order in which a file set passes through them: `source`
(bytes to text), `lexer`, `parser` (text to `ast`), `scope` (names across files),
`annotations` (each annotation against the catalogue), `types` (what a type means),
`rules` (what a database asks of it), `lower` (the model).
"""
