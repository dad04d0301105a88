"""`python -m edgegenre`, and `torchrun -m edgegenre`: the console script by another name."""

from edgegenre.cli.main import main

if __name__ == "__main__":
    main()
