"""DFDNet: a face restored with the help of dictionaries of eyes, nose and mouth. Lesson 09.

Li et al. 2020, Blind Face Restoration via Deep Multi-scale Component Dictionaries. A frozen face network extracts
features of the degraded image at four scales. At each, the features of each part are replaced, as far as a confidence
map allows, by the most similar atom of the part's dictionary; a decoder makes an image of the result.
"""
import keras
import numpy as np
from keras import layers, ops

from course_lib.models.evaluators import feature_pyramid

from .blocks import PixelShuffle, leaky
from .face_parts import PARTS, SIDE, STRIDES, cells, part_centres, roi_align, roi_paste, roi_weights

WIDTHS = (24, 40, 64, 96)  # the decoder's channels, finest first


def statistics(x):
    """Mean and standard deviation of each channel over height and width.

    Args:
        x: [N, h, w, C].
    Returns:
        (mean, standard deviation), [N, 1, 1, C] each.
    Lesson 09.
    """
    mean = ops.mean(x, axis=(1, 2), keepdims=True)
    return mean, ops.sqrt(ops.mean(ops.square(x - mean), axis=(1, 2), keepdims=True) + 1e-6)


def cadain(atoms, features):
    """Component AdaIN: gives the atoms the mean and std of the features, per channel.

    An atom is then compared and used in the input's own light and contrast.

    Args:
        atoms, features: [N, h, w, C].
    Returns:
        [N, h, w, C].
    References:
        Li et al. 2020, equation 2.
    Lesson 09.
    """
    (mean_a, std_a), (mean_f, std_f) = statistics(atoms), statistics(features)
    return (atoms - mean_a) / std_a * std_f + mean_f


def match(features, atoms):
    """Scores of similarity: the inner product of each part with every atom after cadain.

    cadain of a normalised atom is atom * std + mean. The term with the mean is the same for all atoms and left out, so
    that one matrix product scores them all.

    Args:
        features: [N, h, w, C].
        atoms: [K, h, w, C], each channel with mean 0 and standard deviation 1.
    Returns:
        f32 [N, K].
    References:
        Li et al. 2020, equation 3.
    Lesson 09.
    """
    mean, std = statistics(features)
    size, count = int(np.prod(atoms.shape[1:])), atoms.shape[0]
    return ops.matmul(ops.reshape((features - mean) * std, (-1, size)),
                      ops.transpose(ops.reshape(atoms, (count, size))))


@keras.saving.register_keras_serializable("course_lib")
class DictionaryTransfer(layers.Layer):
    """Dictionary feature transfer: what one part's dictionary adds to the features of one scale.

    Called as transfer([features [N, H, W, C], centres f32 [N, 4, 2]]). Returns [what is to be added [N, H, W, C], the
    chosen atom's index int32 [N], the confidence [N, h, w, 1] in 0 to 1]. The part is cut out, its most similar atom
    selected (match) and given the part's statistics (cadain), and confidence * (atom - part) is pasted back.

    Args:
        part: one of PARTS.
        stride: one of STRIDES.
        atoms: how many the dictionary has.
    Raises:
        ValueError: for another part or stride, or without atoms.
    References:
        Li et al. 2020, equations 2 to 5.
    Lesson 09.
    """

    def __init__(self, part, stride, atoms, **kwargs):
        super().__init__(**kwargs)
        if part not in PARTS or stride not in STRIDES or atoms < 1:
            raise ValueError(f"no dictionary of {atoms} atoms for part {part!r}, stride {stride}: parts are "
                             f"{', '.join(PARTS)}, strides {STRIDES}, and a dictionary has at least one atom")
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
        centre = ops.cast(centres, "float32")[:, list(PARTS).index(self.part)]
        rows = roi_weights(centre[:, 1], h, self.stride, height)
        columns = roi_weights(centre[:, 0], w, self.stride, width)
        part = roi_align(ops.cast(features, "float32"), rows, columns)
        atoms = ops.cast(self.atoms, "float32")
        index = ops.argmax(match(part, atoms), axis=-1)
        difference = cadain(ops.take(atoms, index, axis=0), part) - part
        x = self.narrow(ops.cast(difference, self.compute_dtype))
        x = self.decide(ops.leaky_relu(x, 0.2))
        confidence = ops.sigmoid(ops.cast(x, "float32"))
        added = roi_paste(confidence * difference, rows, columns)
        return ops.cast(added, self.compute_dtype), ops.cast(index, "int32"), confidence

    def compute_output_shape(self, shapes):
        return shapes[0], (shapes[0][0],), (shapes[0][0], *cells(self.part, self.stride), 1)

    def get_config(self):
        return {**super().get_config(), "part": self.part, "stride": self.stride, "atoms": self.count}


def dictionary_network(face_network, atoms=64, widths=WIDTHS):
    """DFDNet: degraded faces to restored ones; the decoder's output is added to the image.

    Args:
        face_network: a pose_regressor or identity_evaluator, whose features at four scales are frozen.
        atoms: of each part and scale; fill_dictionaries sets them.
        widths: the decoder's channels, finest first.
    Returns:
        keras.Model from [f32 [N, 128, 128, 3], part_centres f32 [N, 4, 2]] to f32 [N, 128, 128, 3], not clipped.
    Lesson 09.
    """
    image = keras.Input((SIDE, SIDE, 3), name="image")
    centres = keras.Input((len(PARTS), 2), name="centres")
    pyramid = feature_pyramid(face_network, SIDE)(image)[::-1]  # finest first
    scales = []
    for stride, features in zip(STRIDES, pyramid, strict=True):
        parts = [DictionaryTransfer(part, stride, atoms, name=f"{part.replace(' ', '_')}_{stride}") for part in PARTS]
        scales.append(layers.Add()([features, *(part([features, centres])[0] for part in parts)]))
    return keras.Model([image, centres], _decode(image, scales, widths), name="dictionary_network")


def plain_network(widths=WIDTHS, channels=(20, 40, 80, 160)):
    """The control, a U-Net: the same decoder on learned features, without face network or dictionary.

    Args:
        widths: as for dictionary_network.
        channels: of the four scales, finest first, as the course's face networks have them.
    Returns:
        keras.Model called like dictionary_network; it ignores the centres.
    References:
        Ronneberger et al. 2015, U-Net.
    Lesson 09.
    """
    image = keras.Input((SIDE, SIDE, 3), name="image")
    centres = keras.Input((len(PARTS), 2), name="centres")
    x, scales = 2 * image - 1, []
    for filters in channels:
        for strides in (2, 1):
            x = leaky(layers.Conv2D(filters, 3, strides=strides, padding="same")(x), 0.2)
        scales.append(x)
    return keras.Model([image, centres], _decode(image, scales, widths), name="plain_network")


def _decode(image, scales, widths):
    """The image plus what the decoder makes of four feature maps, finest first: f32 [N, H, W, 3]."""
    x = leaky(layers.Conv2D(widths[-1], 3, padding="same")(scales[-1]), 0.2)
    for features, width in zip(scales[-2::-1], widths[-2::-1], strict=True):
        x = layers.Conv2D(width, 3, padding="same")(layers.UpSampling2D(2)(x))
        x = leaky(spatial_transform(leaky(x, 0.2), features), 0.2)
        x = leaky(layers.Conv2D(width, 3, padding="same")(x), 0.2)
    x = PixelShuffle()(layers.Conv2D(12, 3, padding="same", kernel_initializer="zeros")(x))
    return image + layers.Activation("linear", dtype="float32")(x)


def spatial_transform(x, condition):
    """Spatial feature transform: x (1 + scale) + shift, both predicted at each position from the condition.

    Args:
        x: features [N, H, W, C].
        condition: features [N, H, W, D].
    Returns:
        [N, H, W, C].
    References:
        Wang et al. 2018, SFTGAN, equation 4; Li et al. 2020, equation 6.
    Lesson 09.
    """
    filters = x.shape[-1]
    c = leaky(layers.Conv2D(filters, 3, padding="same")(condition), 0.2)
    return x * (1 + layers.Conv2D(filters, 1)(c)) + layers.Conv2D(filters, 1)(c)


def transfer_layers(model):
    """The DictionaryTransfer layers of a model.

    Args:
        model: a dictionary_network; others have none.
    Returns:
        A dict, (part, stride) -> layer.
    Lesson 09.
    """
    return {(layer.part, layer.stride): layer for layer in model.layers if isinstance(layer, DictionaryTransfer)}


def fill_dictionaries(model, dictionaries):
    """Puts atoms into a dictionary_network, normalised.

    Args:
        model: a dictionary_network.
        dictionaries: (part, stride) -> [K, h, w, C].
    Raises:
        ValueError: when a dictionary is missing or of another shape.
    Lesson 09.
    """
    for key, layer in transfer_layers(model).items():
        if key not in dictionaries or np.shape(dictionaries[key]) != tuple(layer.atoms.shape):
            raise ValueError(f"the dictionary of {key[0]} at stride {key[1]} is {np.shape(dictionaries.get(key))}; "
                             f"expected {tuple(layer.atoms.shape)}")
        mean, std = statistics(ops.convert_to_tensor(dictionaries[key], "float32"))
        layer.atoms.assign((dictionaries[key] - np.array(mean)) / np.array(std))


def restore(model, images, centres=None):
    """Restores faces.

    Args:
        model: a dictionary_network or plain_network.
        images: f32 RGB [N, 128, 128, 3] in [0, 1], aligned at coverage 1.3.
        centres: f32 [N, 4, 2] of part_centres; those of the mean face when left out.
    Returns:
        f32 [N, 128, 128, 3], clipped to [0, 1].
    Raises:
        ValueError: for other shapes.
    Lesson 09.
    """
    centres = _check(images, centres)
    return np.concatenate([model.predict_on_batch(batch) for batch in _batches(images, centres)]).clip(0, 1)


def with_atoms(model):
    """A function (images, centres=None) -> (result of restore, result of chosen_atoms), fast from the second call on.

    Args:
        model: a dictionary_network.
    Returns:
        The function.
    Lesson 09.
    """
    transfers = transfer_layers(model)
    extended = keras.Model(model.inputs, [model.outputs[0], *(layer.output[1:] for layer in transfers.values())])

    def restore_with_atoms(images, centres=None):
        results = [extended.predict_on_batch(batch) for batch in _batches(images, _check(images, centres))]
        restored = np.concatenate([result[0] for result in results]).clip(0, 1)
        by_layer = zip(*(result[1:] for result in results), strict=True)
        choices = [[np.concatenate(parts) for parts in zip(*batches, strict=True)] for batches in by_layer]
        return restored, {key: (index, confidence[..., 0])
                          for key, (index, confidence) in zip(transfers, choices, strict=True)}

    return restore_with_atoms


def chosen_atoms(model, images, centres=None):
    """Which atom each part used at each scale, with what confidence; with_atoms is faster for many calls.

    Args:
        model: a dictionary_network.
        images, centres: as for restore.
    Returns:
        A dict, (part, stride) -> (index int [N], confidence [N, h, w]).
    Lesson 09.
    """
    return with_atoms(model)(images, centres)[1]


def _batches(images, centres, batch=16):
    images = np.asarray(images, np.float32)
    return ([images[at : at + batch], centres[at : at + batch]] for at in range(0, len(images), batch))


def _check(images, centres):
    if np.ndim(images) != 4 or np.shape(images)[1:] != (SIDE, SIDE, 3):
        raise ValueError(f"the network restores aligned faces [N, {SIDE}, {SIDE}, 3]; got {np.shape(images)}")
    centres = part_centres(count=len(images)) if centres is None else np.asarray(centres, np.float32)
    if centres.shape != (len(images), len(PARTS), 2):
        raise ValueError(f"centres are {centres.shape}; expected {(len(images), len(PARTS), 2)}, see part_centres")
    return centres
