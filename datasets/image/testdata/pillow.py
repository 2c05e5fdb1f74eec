"""python pillow.py IMAGES ANSWERS: what Pillow makes of each file below IMAGES.

Writes ANSWERS/answers.json and a PPM for each file that Pillow reads: its first
frame, turned as EXIF says, over white, 16 bits rounded to 8.
"""

import hashlib
import json
import os
import resource
import sys
import warnings

import numpy as np
from PIL import Image, ImageOps

LIMIT = 40_000_000  # pixels, as in DefaultMaxPixels


def levels(im):
    """Red, green, blue from 0 to 255, [H, W, 3]."""
    if im.mode.startswith("I;16") or im.mode in ("I", "F"):
        v = np.nan_to_num(np.asarray(im).astype(np.float64))
        clear = v == im.info.get("transparency", -1)
        if im.mode.startswith("I;16") or im.mode == "I" and v.max() > 255:
            v = v / 257
        return np.stack([np.where(clear, 255, v)] * 3, -1)
    if im.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in im.info:
        v = np.asarray(im.convert("RGBA")).astype(np.float64)
        alpha = v[..., 3:] / 255
        return v[..., :3] * alpha + 255 * (1 - alpha)
    return np.asarray(im.convert("RGB")).astype(np.float64)


def answer(path, out, name):
    with Image.open(path) as im:
        if im.width * im.height > LIMIT:
            return None
        im.load()
        kind = dict(format=im.format, mode=im.mode)
        v = np.clip(np.floor(levels(ImageOps.exif_transpose(im)) + 0.5), 0, 255).astype(np.uint8)
    key = hashlib.sha1(name.encode()).hexdigest()[:16] + ".ppm"
    h, w = v.shape[:2]
    with open(os.path.join(out, key), "wb") as f:
        f.write(b"P6\n%d %d\n255\n" % (w, h) + v.tobytes())
    return dict(file=name, width=w, height=h, answer=key, **kind)


def main(images, out):
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))  # some files are hostile
    os.makedirs(out, exist_ok=True)
    answers = []
    for root, _, names in sorted(os.walk(images)):
        for name in sorted(names):
            path = os.path.join(root, name)
            try:
                a = answer(path, out, os.path.relpath(path, images))
            except Exception:  # Pillow does not read it
                continue
            if a:
                answers.append(a)
    with open(os.path.join(out, "answers.json"), "w") as f:
        json.dump(answers, f, indent=0)
    print(len(answers), "files")


main(*sys.argv[1:])
