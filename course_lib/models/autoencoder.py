"""The face swap: one encoder for everybody, one decoder for each person. Lesson 02.

swap_autoencoder is the original deepfakes network. shared_encoder and personal_decoder are the course's own pair: the
encoder is pretrained on exact pairs that only a renderer can give (the same scene with another person), so that its
code does not carry identity.
"""
import keras
from keras import layers

from course_lib.values import unit_range

from .blocks import CodeConsistency, OnePerson, down, leaky, residual, upscale

SIZE = 64


def encoder(width=128, name="encoder"):
    """The original encoder, from faces to features.

    Args:
        width: filters of the first convolution.
        name: the model's name.
    Returns:
        keras.Model from f32 [N, 64, 64, 3] in [0, 1] to f32 [N, 8, 8, 4 width].
    Lesson 02.
    """
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = down(image, width)  # 32 x 32
    x = down(x, 2 * width)  # 16 x 16
    x = down(x, 4 * width)  # 8 x 8
    x = down(x, 8 * width)  # 4 x 4
    x = layers.Flatten()(x)
    x = layers.Dense(8 * width)(x)
    x = layers.Dense(4 * 4 * 8 * width)(x)
    x = layers.Reshape((4, 4, 8 * width))(x)
    x = upscale(x, 4 * width)  # 8 x 8
    return keras.Model(image, x, name=name)


def decoder(width=128, name="decoder"):
    """The original decoder, from features to faces.

    Args:
        width: as for encoder.
        name: the model's name.
    Returns:
        keras.Model from f32 [N, 8, 8, 4 width] to f32 [N, 64, 64, 3] in [0, 1].
    Lesson 02.
    """
    features = keras.Input((8, 8, 4 * width), name="features")
    x = upscale(features, 2 * width)  # 16 x 16
    x = upscale(x, width)  # 32 x 32
    x = upscale(x, width // 2)  # 64 x 64
    x = layers.Conv2D(3, 5, padding="same")(x)
    x = layers.Activation("sigmoid", dtype="float32")(x)
    return keras.Model(features, x, name=name)


def swap_autoencoder(width=128):
    """The original deepfakes network: faces of A and of B through one encoder, then each through its own decoder.

    Its parts are get_layer('encoder'), 'decoder_a' and 'decoder_b'. The swap of A is decoder_b(encoder(a)).

    Args:
        width: filters of the first convolution, a multiple of 2; 128 is the original (82.06 M parameters), 32 fits a
            laptop (5.14 M).
    Returns:
        keras.Model from [a, b] to their reconstructions, all f32 [N, 64, 64, 3] in [0, 1].
    Raises:
        ValueError: for another width.
    References:
        deepfakes/faceswap, model "original".
    Lesson 02.
    """
    _check_width(width)
    shared = encoder(width)
    a, b = (keras.Input((SIZE, SIZE, 3), name=f"face_{who}") for who in "ab")
    outputs = [decoder(width, f"decoder_{who}")(shared(face)) for who, face in (("a", a), ("b", b))]
    return keras.Model([a, b], outputs, name="swap_autoencoder")


def bottleneck(encoder_):
    """The encoder up to its narrowest layer, the first dense one.

    Args:
        encoder_: an encoder.
    Returns:
        keras.Model from faces f32 [N, 64, 64, 3] to codes f32 [N, 8 width].
    Lesson 02.
    """
    narrowest = next(layer for layer in encoder_.layers if isinstance(layer, layers.Dense))
    return keras.Model(encoder_.input, narrowest.output, name="bottleneck")


def code_discriminator(code=256, width=128):
    """A discriminator on the code: whose face went in?

    It standardises each number of the code over the batch, so that a code cannot fool it by shrinking.

    Args:
        code: length of the code.
        width: units of the first hidden layer.
    Returns:
        keras.Model from codes f32 [N, code] to scores f32 [N, 1], logits of "A".
    References:
        Ganin et al. 2016, Domain-Adversarial Training of Neural Networks, section 4.
    Lesson 02.
    """
    x = codes = keras.Input((code,), name="code")
    x = layers.BatchNormalization(center=False, scale=False, dtype="float32")(x)
    x = leaky(layers.Dense(width)(x), 0.2)
    x = leaky(layers.Dense(width // 2)(x), 0.2)
    return keras.Model(codes, layers.Dense(1, dtype="float32")(x), name="code_discriminator")


def shared_encoder(width=32, code=256):
    """The encoder without identity, from faces on grey (cut_out) to codes.

    A code has mean 0 and variance 1 in each row (layer normalisation).

    Args:
        width: filters of the first convolution, a multiple of 2.
        code: length of the code.
    Returns:
        keras.Model from f32 [N, 64, 64, 3] in [0, 1] to f32 [N, code].
    Raises:
        ValueError: for another width.
    Lesson 02.
    """
    _check_width(width)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = down(image, width)  # 32 x 32
    x = down(x, 2 * width)  # 16 x 16
    x = down(x, 4 * width)  # 8 x 8
    x = down(x, 8 * width)  # 4 x 4
    x = layers.Dense(code)(layers.Flatten()(x))
    x = layers.LayerNormalization(dtype="float32")(x)
    return keras.Model(image, x, name="shared_encoder")


def personal_decoder(width=32, code=256, person=64, name="personal_decoder"):
    """The decoder conditioned on identity: a person's vector modulates the features of every stage (FiLM).

    Args:
        width: as for shared_encoder.
        code, person: lengths of the code and of the person's vector.
        name: the model's name.
    Returns:
        keras.Model from [code f32 [N, code], vector f32 [N, person]] to faces f32 [N, 64, 64, 3] in [0, 1].
    Raises:
        ValueError: for another width.
    Lesson 02.
    """
    _check_width(width)
    scene, who = keras.Input((code,), name="code"), keras.Input((person,), name="person")
    x = layers.Dense(4 * 4 * 8 * width)(layers.Concatenate()([scene, who]))
    x = layers.Reshape((4, 4, 8 * width))(leaky(x, 0.1))
    x = upscale(x, 4 * width, who)  # 8 x 8
    x = residual(upscale(x, 2 * width, who))  # 16 x 16
    x = residual(upscale(x, width, who))  # 32 x 32
    x = upscale(x, width // 2, who)  # 64 x 64
    x = layers.Conv2D(3, 5, padding="same")(x)
    return keras.Model([scene, who], layers.Activation("sigmoid", dtype="float32")(x), name=name)


def pretraining(encoder_, decoder_, people, same_code=0.1):
    """The network that frees the encoder from identity: an image and a person's number give that person's image.

    In its batches rows 2 k and 2 k + 1 show two people in the same scene, and their targets are swapped.

    Args:
        encoder_, decoder_: a shared_encoder and a personal_decoder, whose weights it trains.
        people: number of persons; get_layer('people') holds their vectors.
        same_code: weight of the loss that pulls the codes of one scene together.
    Returns:
        keras.Model from [images f32 [N, 64, 64, 3], persons int [N]] to images.
    Lesson 02.
    """
    image = keras.Input((SIZE, SIZE, 3), name="image")
    number = keras.Input((), dtype="int32", name="number")
    width = decoder_.inputs[1].shape[-1]
    vector = layers.Embedding(people, width, dtype="float32", name="people")(number)
    code = CodeConsistency(same_code)(encoder_(image))
    return keras.Model([image, number], decoder_([code, vector]), name="pretraining")


def for_one_person(decoder_, vector):
    """A personal_decoder with one person's vector built in; vector and weights can be trained further.

    Args:
        decoder_: a personal_decoder.
        vector: f32 [D].
    Returns:
        keras.Model from codes [N, C] to that person's faces f32 [N, 64, 64, 3].
    Lesson 02.
    """
    code = keras.Input(decoder_.inputs[0].shape[1:], name="code")
    person = OnePerson(len(vector), dtype="float32", name="person")
    model = keras.Model(code, decoder_([code, person(code)]), name="decoder")
    person.set_weights([vector[None]])
    return model


def cut_out(images, masks):
    """The face on plain grey, as the shared encoder takes it: the background becomes 0.5.

    Args:
        images: f32 RGB [N, S, S, 3] in [0, 1].
        masks: f32 [N, S, S] in [0, 1], 1 in the face.
    Returns:
        f32 [N, S, S, 3].
    Raises:
        ValueError: when the masks do not fit the images.
    Lesson 02.
    """
    if masks.shape != images.shape[:3]:
        raise ValueError(f"masks are {masks.shape}, images {images.shape}; expected one mask [S, S] for each image")
    unit_range(images, "the batch")
    alpha = masks[..., None]
    return (images * alpha + 0.5 * (1 - alpha)).astype("float32")


def swap_faces(encoder_, decoder_, images, masks):
    """The swap itself: faces through the shared encoder and another person's decoder.

    Args:
        encoder_, decoder_: a shared_encoder, and a decoder as for_one_person makes it.
        images: f32 RGB [N, 64, 64, 3] in [0, 1].
        masks: f32 [N, 64, 64], 1 in the face.
    Returns:
        That person's face in the same poses and expressions, f32 [N, 64, 64, 3] in [0, 1] on grey.
    Lesson 02.
    """
    return decoder_.predict(encoder_.predict(cut_out(images, masks), verbose=0), verbose=0)


def _check_width(width):
    if not isinstance(width, int) or width < 2 or width % 2:
        raise ValueError(f"width is {width!r}; expected an even number of filters, for instance 128 or 32")
