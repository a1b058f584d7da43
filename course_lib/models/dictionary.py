"""DFDNet: a face restored with the help of dictionaries of eyes, nose and mouth. Lesson 09.

Li et al. 2020, Blind Face Restoration via Deep Multi-scale Component Dictionaries. A frozen face network looks at the
spoiled picture at four scales. At each, the features of each part are replaced, as far as a confidence map allows, by
the dictionary's atom that is most like them; a decoder makes a picture of what results. The dictionaries are built by
recipes/dictionary_restorer.py.
"""
import keras
import numpy as np
from keras import layers, ops

from course_lib.faces import canonical
from course_lib.models.evaluators import at_four_depths

from .blocks import PixelShuffle
from .gan import leaky

SIDE, COVERAGE = 128, 1.3  # the aligned face that is restored, as data/large_portraits.py cuts it
STRIDES = (2, 4, 8, 16)  # pixels from one cell of a feature map to the next, finest first
# what each part covers, (width, height) in pixels of the picture, and the landmarks in whose middle it lies
PARTS = {"left eye": (32, 24), "right eye": (32, 24), "nose": (24, 32), "mouth": (40, 32)}
_POINTS = {"left eye": slice(36, 42), "right eye": slice(42, 48), "nose": slice(29, 36), "mouth": slice(48, 60)}
WIDTHS = (24, 40, 64, 96)  # the decoder's channels, finest first


def part_centres(landmarks=None, count=1):
    """The middle of each part in pixels (x, y), f32 [N, 4, 2], in the order of PARTS; left is left in the picture.

    landmarks: [N, 68, 2] in the aligned face, 128 x 128 at coverage 1.3. Without them, where the mean face has its
    parts, `count` times. Raises ValueError for other shapes. Lesson 09.
    """
    if landmarks is None:
        landmarks = np.repeat(canonical(SIDE, COVERAGE)[None], count, 0)
    landmarks = np.asarray(landmarks, np.float32)
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2):
        raise ValueError(f"part_centres wants landmarks [N, 68, 2]; got {landmarks.shape}")
    middles = [(points.min(1) + points.max(1)) / 2 for points in (landmarks[:, _POINTS[part]] for part in PARTS)]
    return np.stack(middles, 1)


def cells(part, stride):
    """How many cells (rows, columns) of a feature map of this stride a part covers. Lesson 09."""
    width, height = PARTS[part]
    return -(-height // stride), -(-width // stride)


def window(centre, count, stride, length):
    """Where `count` cells around a place lie among `length` cells: weights [N, count, length] of linear interpolation.

    centre: [N] in pixels. A window along y times a feature map times a window along x cuts a part out, at fractions of
    a cell too, as RoIAlign does; the same two matrices transposed put it back. Cell j looks at pixel
    stride j + stride - 1, as convolutions of stride 2 do. Cells outside the map are 0. Lesson 09.
    """
    first = (ops.cast(centre, "float32") - (stride - 1)) / stride - (count - 1) / 2
    place = first[:, None, None] + ops.arange(count, dtype="float32")[:, None]
    return ops.relu(1 - ops.abs(place - ops.arange(length, dtype="float32")))


def cut(features, rows, columns):
    """A part [N, h, w, C] of features [N, H, W, C]; rows [N, h, H] and columns [N, w, W] from window. Lesson 09."""
    return ops.matmul(columns[:, None], _along_rows(rows, features))


def put_back(part, rows, columns):
    """A part [N, h, w, C] at its place in a map of zeros [N, H, W, C]: the transpose of cut. Lesson 09."""
    return _along_rows(ops.swapaxes(rows, 1, 2), ops.matmul(ops.swapaxes(columns, 1, 2)[:, None], part))


def _along_rows(weights, x):
    """Weights [N, k, h] times the rows of x [N, h, w, C]: [N, k, w, C]."""
    _, h, w, channels = x.shape
    return ops.reshape(ops.matmul(weights, ops.reshape(x, (-1, h, w * channels))), (-1, weights.shape[1], w, channels))


def statistics(x):
    """Mean and standard deviation of each channel over the places, [N, 1, 1, C] each, of x [N, h, w, C]."""
    mean = ops.mean(x, axis=(1, 2), keepdims=True)
    return mean, ops.sqrt(ops.mean(ops.square(x - mean), axis=(1, 2), keepdims=True) + 1e-6)


def cadain(atoms, features):
    """Component AdaIN: atoms [N, h, w, C] with each channel's mean and deviation taken over from features, same shape.

    So an atom is compared and used in the input's own light and contrast. Source: Li et al. 2020, equation 2.
    Lesson 09.
    """
    (mean_a, std_a), (mean_f, std_f) = statistics(atoms), statistics(features)
    return (atoms - mean_a) / std_a * std_f + mean_f


def match(features, atoms):
    """The inner product of each part [N, h, w, C] with every atom [K, h, w, C] after cadain: scores f32 [N, K].

    The atoms are normalised (mean 0, deviation 1 in each channel), so that cadain of an atom is atom * std + mean. The
    term with the mean is the same for all atoms and left out: what is left is one product of matrices, and no atom has
    to be formed to be scored. Source: Li et al. 2020, equation 3. Lesson 09.
    """
    mean, std = statistics(features)
    places, count = int(np.prod(atoms.shape[1:])), atoms.shape[0]
    return ops.matmul(ops.reshape((features - mean) * std, (-1, places)),
                      ops.transpose(ops.reshape(atoms, (count, places))))


@keras.saving.register_keras_serializable("course_lib")
class DictionaryTransfer(layers.Layer):
    """What one part's dictionary adds to the features of one scale.

    Called as transfer([features [N, H, W, C], centres f32 [N, 4, 2]]). Returns [what is to be added [N, H, W, C], the
    chosen atom's number int32 [N], the confidence [N, h, w, 1] in 0 to 1]. One class serves every part and scale:
    the part is cut out, the most similar atom found (match), brought to the part's statistics (cadain), and
    confidence * (atom - part) put back in place. Source: Li et al. 2020, equations 2 to 5. Lesson 09.
    """

    def __init__(self, part, stride, atoms, **kwargs):
        super().__init__(**kwargs)
        if part not in PARTS or stride not in STRIDES or atoms < 1:
            raise ValueError(f"no dictionary of {atoms} atoms for part {part!r}, stride {stride}: parts are "
                             f"{', '.join(PARTS)}, strides {STRIDES}, and one atom is the least")
        self.part, self.stride, self.count = part, stride, atoms
        self.narrow = layers.Conv2D(16, 3, padding="same", dtype=self.dtype_policy)
        self.decide = layers.Conv2D(1, 3, padding="same", dtype=self.dtype_policy)

    def build(self, shapes):
        channels = shapes[0][-1]
        self.atoms = self.add_weight(shape=(self.count, *cells(self.part, self.stride), channels), dtype="float16",
                                     trainable=False, initializer="zeros", name="atoms", autocast=False)
        self.narrow.build((None, None, None, channels))
        self.decide.build((None, None, None, 16))

    def call(self, inputs):
        features, centres = inputs
        _, height, width, _ = features.shape
        h, w = cells(self.part, self.stride)
        middle = ops.cast(centres, "float32")[:, list(PARTS).index(self.part)]
        rows = window(middle[:, 1], h, self.stride, height)
        columns = window(middle[:, 0], w, self.stride, width)
        part = cut(ops.cast(features, "float32"), rows, columns)
        atoms = ops.cast(self.atoms, "float32")
        index = ops.argmax(match(part, atoms), axis=-1)
        apart = cadain(ops.take(atoms, index, axis=0), part) - part
        known = ops.leaky_relu(self.narrow(ops.cast(apart, self.compute_dtype)), 0.2)
        confidence = ops.sigmoid(ops.cast(self.decide(known), "float32"))
        added = put_back(confidence * apart, rows, columns)
        return ops.cast(added, self.compute_dtype), ops.cast(index, "int32"), confidence

    def compute_output_shape(self, shapes):
        return shapes[0], (shapes[0][0],), (shapes[0][0], *cells(self.part, self.stride), 1)

    def get_config(self):
        return {**super().get_config(), "part": self.part, "stride": self.stride, "atoms": self.count}


def dictionary_network(face_network, atoms=64, widths=WIDTHS):
    """From [spoiled faces f32 [N, 128, 128, 3], part_centres f32 [N, 4, 2]] to restored ones f32 [N, 128, 128, 3].

    face_network: a portrait_regressor or identity_evaluator (models.judges), whose features at four scales are frozen. atoms:
    of each part and scale; they are set by fill_dictionaries. widths: the decoder's channels, finest first. What the
    decoder makes is added to the picture. Not clipped. Lesson 09.
    """
    image = keras.Input((SIDE, SIDE, 3), name="image")
    centres = keras.Input((len(PARTS), 2), name="centres")
    looked = at_four_depths(face_network, SIDE)(image)[::-1]  # finest first
    scales = []
    for stride, features in zip(STRIDES, looked, strict=True):
        parts = [DictionaryTransfer(part, stride, atoms, name=f"{part.replace(' ', '_')}_{stride}") for part in PARTS]
        scales.append(layers.Add()([features, *(part([features, centres])[0] for part in parts)]))
    return keras.Model([image, centres], _decode(image, scales, widths), name="dictionary_network")


def plain_network(widths=WIDTHS, channels=(20, 40, 80, 160)):
    """The control, a U-Net: the same decoder on features that are learned for it, without face network or dictionary.

    Called like dictionary_network; it does not look at the centres. channels: of the four scales, finest first, as the
    course's face networks have them. Source: Ronneberger et al. 2015. Lesson 09.
    """
    image = keras.Input((SIDE, SIDE, 3), name="image")
    centres = keras.Input((len(PARTS), 2), name="centres")
    x, scales = 2 * image - 1, []
    for filters in channels:
        for strides in (2, 1):
            x = leaky(layers.Conv2D(filters, 3, strides=strides, padding="same")(x))
        scales.append(x)
    return keras.Model([image, centres], _decode(image, scales, widths), name="plain_network")


def _decode(image, scales, widths):
    """The picture plus what the decoder reads out of four feature maps, finest first: f32 [N, H, W, 3]."""
    x = leaky(layers.Conv2D(widths[-1], 3, padding="same")(scales[-1]))
    for features, width in zip(scales[-2::-1], widths[-2::-1], strict=True):
        x = layers.Conv2D(width, 3, padding="same")(layers.UpSampling2D(2)(x))
        x = leaky(spatial_transform(leaky(x), features))
        x = leaky(layers.Conv2D(width, 3, padding="same")(x))
    x = PixelShuffle()(layers.Conv2D(12, 3, padding="same", kernel_initializer="zeros")(x))
    return image + layers.Activation("linear", dtype="float32")(x)


def spatial_transform(x, condition):
    """Spatial feature transform: x (1 + scale) + shift, both read at each place from a condition of the same side.

    Source: Wang et al. 2018, SFTGAN, equation 4; Li et al. 2020, equation 6. Lesson 09.
    """
    filters = x.shape[-1]
    c = leaky(layers.Conv2D(filters, 3, padding="same")(condition))
    return x * (1 + layers.Conv2D(filters, 1)(c)) + layers.Conv2D(filters, 1)(c)


def transfers(model):
    """The DictionaryTransfer layers of a dictionary_network: (part, stride) -> layer. Lesson 09."""
    return {(layer.part, layer.stride): layer for layer in model.layers if isinstance(layer, DictionaryTransfer)}


def fill_dictionaries(model, dictionaries):
    """Puts atoms into a dictionary_network. dictionaries: (part, stride) -> [K, h, w, C]; each is normalised.

    Raises ValueError when a dictionary is missing or of another shape. Lesson 09.
    """
    for key, layer in transfers(model).items():
        if key not in dictionaries or np.shape(dictionaries[key]) != tuple(layer.atoms.shape):
            raise ValueError(f"the dictionary of {key[0]} at stride {key[1]} is {np.shape(dictionaries.get(key))}; "
                             f"expected {tuple(layer.atoms.shape)}")
        mean, std = statistics(ops.convert_to_tensor(dictionaries[key], "float32"))
        layer.atoms.assign((dictionaries[key] - np.array(mean)) / np.array(std))


def restore(model, pictures, centres=None):
    """Faces restored, f32 [N, 128, 128, 3], clipped to [0, 1].

    pictures: f32 [N, 128, 128, 3] in [0, 1], aligned at coverage 1.3. centres: part_centres, those of the mean face
    when left out. Raises ValueError for other shapes. Lesson 09.
    """
    centres = _check(pictures, centres)
    restored = [model.predict_on_batch(some) for some in _batches(pictures, centres)]
    return np.concatenate(restored).clip(0, 1)


def with_atoms(model):
    """A function (pictures, centres=None) -> (restore's result, chosen_atoms' result), to be called many times.

    model: a dictionary_network. Only the first call with a number of pictures is slow. Lesson 09.
    """
    found = transfers(model)
    looker = keras.Model(model.inputs, [model.outputs[0], *(layer.output[1:] for layer in found.values())])

    def look(pictures, centres=None):
        given = [looker.predict_on_batch(some) for some in _batches(pictures, _check(pictures, centres))]
        restored = np.concatenate([rows[0] for rows in given]).clip(0, 1)
        pairs = zip(*(rows[1:] for rows in given), strict=True)
        whole = [[np.concatenate(parts) for parts in zip(*some, strict=True)] for some in pairs]
        return restored, {key: (index, weight[..., 0]) for key, (index, weight) in zip(found, whole, strict=True)}

    return look


def chosen_atoms(model, pictures, centres=None):
    """Which atom each part took at each scale, and how much of it: (part, stride) -> (int [N], confidence [N, h, w]).

    Arguments as for restore, with a dictionary_network; with_atoms is the quick way to call it often. Lesson 09.
    """
    return with_atoms(model)(pictures, centres)[1]


def _batches(pictures, centres, batch=16):
    pictures = np.asarray(pictures, np.float32)
    return ([pictures[at : at + batch], centres[at : at + batch]] for at in range(0, len(pictures), batch))


def _check(pictures, centres):
    if np.ndim(pictures) != 4 or np.shape(pictures)[1:] != (SIDE, SIDE, 3):
        raise ValueError(f"the network restores aligned faces [N, {SIDE}, {SIDE}, 3]; got {np.shape(pictures)}")
    centres = part_centres(count=len(pictures)) if centres is None else np.asarray(centres, np.float32)
    if centres.shape != (len(pictures), len(PARTS), 2):
        raise ValueError(f"centres are {centres.shape}; expected {(len(pictures), len(PARTS), 2)}, see part_centres")
    return centres
