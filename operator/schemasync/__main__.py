"""`python -m schemasync` is the command line."""

from schemasync.cli import main

if __name__ == "__main__":
    main()
