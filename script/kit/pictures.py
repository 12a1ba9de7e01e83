"""Making a picture's file small: python -m kit.pictures FILE…, in the environment that has Pillow."""

import sys

from PIL import Image

# Screens have few colours.
_COLOURS = 160


def shrink(path: str) -> None:
    """Write the PNG at `path` anew, with a palette."""
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(path, "PNG", optimize=True)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        shrink(name)
