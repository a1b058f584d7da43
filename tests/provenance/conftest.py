"""Pictures of many kinds, none of them marked, and what happens to pictures on the way through the world."""
import io
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from course_lib import media


def resize(image, width, height, how=Image.Resampling.BICUBIC):
    """f32 RGB in [0, 1] -> the same at another size, by way of 8 bits."""
    return as_float(Image.fromarray(as_bytes(image)).resize((width, height), how))


def scale(image, by=0.75, how=Image.Resampling.BICUBIC):
    return resize(image, round(image.shape[1] * by), round(image.shape[0] * by), how)


def jpeg(image, quality=50):
    file = io.BytesIO()
    Image.fromarray(as_bytes(image)).save(file, "JPEG", quality=quality)
    return as_float(Image.open(file))


def as_bytes(image):
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)


def as_float(picture):
    return np.asarray(picture).astype(np.float32) / 255


@pytest.fixture(scope="session")
def photographs():
    """18 photographs and scans, 64 to 500 px on the shorter side."""
    sizes = (64, 80, 128, 200, 300, 500)
    scikit = files("skimage") / "data"
    names = ("astronaut", "brick", "camera", "chelsea", "clock_motion", "coffee", "coins", "grass", "gravel", "ihc",
             "moon", "motorcycle_left")
    sources = [media.grace_hopper()] * 3 + [media.read_image(files("sklearn.datasets.images") / n)
                                            for n in ("china.jpg", "flower.jpg")]
    sources += [media.read_image(scikit / f"{n}.png") for n in names] + [media.read_image(scikit / "rocket.jpg")]
    out = []
    for i, image in enumerate(sources):
        by = min(1, sizes[i % len(sizes)] / min(image.shape[:2]))
        out.append(resize(image, round(image.shape[1] * by), round(image.shape[0] * by)))
    return out


@pytest.fixture(scope="session")
def textures():
    """18 made pictures: clouds, noise, gradients, stripes, flat colours, black and white."""
    rng = np.random.default_rng(5)
    out = []
    for i, size in enumerate((64, 100, 160, 240, 320, 96)):
        cloud = gaussian_filter(rng.standard_normal((size, size * 4 // 3, 3)), (1 + i, 1 + i, 0))
        out.append((0.5 + 0.18 * cloud / cloud.std()).clip(0, 1))
        y, x = np.mgrid[:size, :size] / size
        out.append(np.stack([x, y, 1 - x], -1))
        out.append(np.full((size, size, 3), (0, 1, 0.5, 0.2, 0.8, 0.03)[i]))
    return [a.astype(np.float32) for a in out]


@pytest.fixture(scope="session")
def pictures(cast_pictures, photographs, textures):
    return cast_pictures + photographs + textures
