"""The version of the package, and so of the compiler that a source digest was made by."""

VERSION = "0.1.0.dev0"
