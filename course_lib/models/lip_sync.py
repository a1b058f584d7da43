"""Networks of lip sync: sound to lips (LSTM), sound against lips (SyncNet), sound to pixels. Lesson 08.

References: Suwajanakorn, Seitz & Kemelmacher-Shlizerman 2017, "Synthesizing Obama"; Chung & Zisserman 2016, "Out of
time: automated lip sync in the wild"; Prajwal et al. 2020, "A lip sync expert is all you need for speech to lip
generation in the wild". Sizes are the course's; the topology is the papers'.
"""
import keras
from keras import layers, ops

from .autoencoder import decoder
from .blocks import BatchNormalization

SIDE, WINDOW, BANDS, ROWS = 64, 5, 40, 20  # pixels of a face; frames at 25/s; mel bands and rows (100/s) of a window
CELLS, COEFFICIENTS = 60, 20


def audio_to_lips(features=28, outputs=COEFFICIENTS, cells=CELLS, depth=1, bidirectional=False):
    """The recurrent network of "Synthesizing Obama": sound features in, coefficients of the mouth shape out.

    28 features and 60 cells give 22,580 parameters. It knows nothing of a delay: whoever trains it decides which
    frame the output at step t stands for.

    Args:
        features, outputs: of each step.
        cells: of a layer.
        depth: layers.
        bidirectional: whether a second LSTM reads the sound backwards; it needs the end of the sentence.
    Returns:
        keras.Model from f32 [N, T, features] to f32 [N, T, outputs].
    References:
        Suwajanakorn et al. 2017, section 3.1.
    Lesson 08.
    """
    sound = x = keras.Input((None, features))
    for k in range(depth):
        lstm = layers.LSTM(cells, return_sequences=True, name=f"lstm{k}")
        x = (layers.Bidirectional(lstm) if bidirectional else lstm)(x)
    return keras.Model(sound, layers.Dense(outputs, name="coefficients")(x), name="audio_to_lips")


@keras.saving.register_keras_serializable("course_lib")
class UnitLength(layers.Layer):
    """Divides every vector by its length. Lesson 08."""

    def call(self, x):
        """Normalise.

        Args:
            x: f32 [N, D].
        Returns:
            f32 [N, D].
        Lesson 08.
        """
        x = ops.cast(x, "float32")
        return x / (ops.sqrt(ops.sum(x * x, -1, keepdims=True)) + 1e-6)


def _block(x, filters, strides=1, size=3, residual=False, name=None):
    """Convolution, batch normalisation, ReLU; with the input added before it where it is residual."""
    y = layers.Conv2D(filters, size, strides, padding="same", use_bias=False, name=f"{name}_conv")(x)
    y = BatchNormalization(name=f"{name}_norm")(y)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, y]) if residual else y)


def _embedding(x, size, name):
    x = layers.Flatten(name=f"{name}_flat")(x)
    return layers.Dense(size, activation="relu", name=f"{name}_dense")(x)


def _hear(mel, size):
    """The encoder of a fifth of a second of sound, in the expert and in the generator: the same layers and names."""
    y = _block(mel, 16, (1, 2), name="sound0")
    for k, filters in enumerate((32, 64, 64), 1):
        y = _block(y, filters, 2, name=f"sound{k}")
        y = _block(y, filters, residual=True, name=f"sound{k}_res")
    return _embedding(y, size, "sound")


def sync_expert(size=128):
    """The sync expert: five mouths and a fifth of a second of sound, each as a vector of length 1.

    A last ReLU keeps both vectors non-negative, so their cosine lies in 0 to 1 and can be read as a probability.

    Args:
        size: of the embeddings.
    Returns:
        keras.Model from [lower halves f32 [N, 32, 64, 15], mel f32 [N, 20, 40, 1]] to two embeddings f32 [N, size].
    References:
        Prajwal et al. 2020, section 3.1; Chung & Zisserman 2016, figure 3.
    Lesson 08.
    """
    lips, mel = keras.Input((SIDE // 2, SIDE, 3 * WINDOW)), keras.Input((ROWS, BANDS, 1))
    x = _block(lips, 16, 2, 5, name="face0")
    for k, filters in enumerate((32, 64, 64), 1):
        x = _block(x, filters, 2, name=f"face{k}")
        x = _block(x, filters, residual=True, name=f"face{k}_res")
    mouth = UnitLength(name="lips")(_embedding(x, size, "lips"))
    sound = UnitLength(name="sound")(_hear(mel, size))
    return keras.Model([lips, mel], [mouth, sound], name="sync_expert")


@keras.saving.register_keras_serializable("course_lib")
class LowerHalfOf(layers.Layer):
    """A face whose upper half is given and whose lower half is a change of the reference: sigmoid(change + logit(r)).

    Args:
        margin: reference values r are kept away from 0 and 1 by so much.
    Lesson 08.
    """

    def __init__(self, margin=0.02, **kwargs):
        super().__init__(**kwargs)
        self.margin = margin

    def call(self, change, face):
        """Apply the change.

        Args:
            change: f32 [N, 32, 64, 3]; 0 is the reference unchanged.
            face: f32 [N, 64, 64, 6] in [0, 1]: the masked face, and the reference.
        Returns:
            f32 [N, 64, 64, 3] in [0, 1].
        Lesson 08.
        """
        reference = ops.clip(face[:, SIDE // 2:, :, 3:], self.margin, 1 - self.margin)
        lower = ops.sigmoid(change + ops.log(reference / (1 - reference)))
        return ops.concatenate([face[:, :SIDE // 2, :, :3], lower], 1)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}


def wav2lip(size=128):
    """The generator of Wav2Lip: a face without its lower half, another frame of the person, and the sound.

    The face encoder's features go around the code to the decoder (U-Net); the sound comes in at the narrowest point,
    so that nothing but the sound can say what the mouth does. The published network draws every pixel of the face anew;
    this one draws the lower half alone, as a change of the reference. Its sound encoder has the layers of sync_expert.

    Args:
        size: of the sound's code.
    Returns:
        keras.Model from [masked and reference f32 [N, 64, 64, 6] in [0, 1], mel f32 [N, 20, 40, 1]] to f32 RGB
        [N, 64, 64, 3] in [0, 1].
    References:
        Prajwal et al. 2020, section 3.2 and figure 2.
    Lesson 08.
    """
    face, mel = keras.Input((SIDE, SIDE, 6)), keras.Input((ROWS, BANDS, 1))
    skips, x = [], _block(face, 16, name="face0")
    for k, filters in enumerate((24, 48, 64, 96), 1):  # 32, 16, 8, 4 pixels
        skips.append(x)
        x = _block(x, filters, 2, name=f"face{k}")
        x = _block(x, filters, residual=True, name=f"face{k}_res") if k > 1 else x
    y = layers.Dense(4 * 4 * 32, activation="relu", name="sound_map")(_hear(mel, size))
    x = layers.Concatenate(name="meet")([x, layers.Reshape((4, 4, 32), name="sound_grid")(y)])
    x = _block(x, 96, name="meet1")
    for k, (filters, skip) in enumerate(zip((64, 48, 32, 16), skips[::-1], strict=True)):
        x = layers.UpSampling2D(2, name=f"up{k}")(x)
        x = layers.Concatenate(name=f"join{k}")([x, skip[:, 28:] if k == 3 else skip])
        x = x[:, 14:] if k == 2 else x  # from here on the lower half alone, and a margin for the convolutions
        x = _block(x, filters, name=f"back{k}")
        x = _block(x, filters, residual=True, name=f"back{k}_res") if k < 3 else x
    x = layers.Conv2D(3, 3, padding="same", kernel_initializer="zeros", name="colour")(x)[:, 4:]
    return keras.Model([face, mel], LowerHalfOf(dtype="float32", name="image")(x, face), name="wav2lip")


def mouth_decoder(numbers, width=24):
    """A face drawn from its mouth's code, for one person: lesson 02's decoder behind one dense layer.

    Args:
        numbers: length of the code: lip coefficients and the head's place.
        width: of autoencoder.decoder.
    Returns:
        keras.Model from f32 [N, numbers] to f32 RGB [N, 64, 64, 3] in [0, 1].
    Lesson 08.
    """
    code = keras.Input((numbers,), name="code")
    x = layers.Dense(128, activation="relu", name="hidden")(code)
    x = layers.Dense(8 * 8 * 4 * width, name="map")(x)
    x = decoder(width)(layers.Reshape((8, 8, 4 * width), name="grid")(x))
    return keras.Model(code, x, name="mouth_decoder")
