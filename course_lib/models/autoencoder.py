"""The face swap: one encoder for everybody, one decoder for each person. Lesson 02.

swap_autoencoder is the original deepfakes network. shared_encoder and personal_decoder are the course's own pair:
the encoder is pretrained on exact pairs that only a renderer can give (the same scene with another person), so
that its code has no use for who was in the picture.
"""
import keras
from keras import layers

from course_lib.values import unit_range

from .blocks import OnePerson, SameCode, down, leaky, residual, upscale

SIZE = 64


def encoder(width=128, name="encoder"):
    """The original encoder: a face f32 [N, 64, 64, 3] in [0, 1] becomes features [N, 8, 8, 4 width]. Lesson 02."""
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = image
    for filters in (width, 2 * width, 4 * width, 8 * width):
        x = down(x, filters)
    x = layers.Flatten()(x)
    x = layers.Dense(8 * width)(x)
    x = layers.Dense(4 * 4 * 8 * width)(x)
    x = layers.Reshape((4, 4, 8 * width))(x)
    x = upscale(x, 4 * width)
    return keras.Model(image, x, name=name)


def decoder(width=128, name="decoder"):
    """The original decoder: features [N, 8, 8, 4 width] become a face f32 [N, 64, 64, 3] in [0, 1]. Lesson 02."""
    features = keras.Input((8, 8, 4 * width), name="features")
    x = features
    for filters in (2 * width, width, width // 2):
        x = upscale(x, filters)
    x = layers.Conv2D(3, 5, padding="same")(x)
    return keras.Model(features, layers.Activation("sigmoid", dtype="float32")(x), name=name)


def swap_autoencoder(width=128):
    """The original deepfakes network: faces of A and of B through one encoder, then each through its own decoder.

    width: filters of the first convolution, a multiple of 2; 128 is the original (82.06 M weights), 32 fits a
    laptop (5.14 M). Returns a keras.Model [a, b] -> [a again, b again], pictures f32 [N, 64, 64, 3] in [0, 1], whose
    parts are get_layer('encoder'), 'decoder_a' and 'decoder_b'. The swap of A is decoder_b(encoder(a)).
    Raises ValueError for another width. Source: deepfakes/faceswap, model 'original'. Lesson 02.
    """
    _check_width(width)
    shared = encoder(width)
    a, b = (keras.Input((SIZE, SIZE, 3), name=f"face_{who}") for who in "ab")
    outputs = [decoder(width, f"decoder_{who}")(shared(face)) for who, face in (("a", a), ("b", b))]
    return keras.Model([a, b], outputs, name="swap_autoencoder")


def shared_encoder(width=32, code=256):
    """The encoder without identity: a face f32 [N, 64, 64, 3] in [0, 1] becomes a code f32 [N, code].

    The picture has its background at 0.5 (cut_out does that). The code has mean 0 and variance 1
    in each picture. Raises ValueError for a width that is not a positive multiple of 2. Lesson 02.
    """
    _check_width(width)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = image
    for filters in (width, 2 * width, 4 * width, 8 * width):
        x = down(x, filters)
    x = layers.Dense(code)(layers.Flatten()(x))
    x = layers.LayerNormalization(dtype="float32")(x)
    return keras.Model(image, x, name="shared_encoder")


def personal_decoder(width=32, code=256, person=64, name="personal_decoder"):
    """The decoder that is told who: a code [N, code] and a person's vector [N, person] become a face [N, 64, 64, 3].

    The vector scales and shifts the features of every stage (FiLM); a face is f32 in [0, 1]. Lesson 02.
    """
    _check_width(width)
    scene, who = keras.Input((code,), name="code"), keras.Input((person,), name="person")
    x = leaky(layers.Dense(4 * 4 * 8 * width)(layers.Concatenate()([scene, who])))
    x = layers.Reshape((4, 4, 8 * width))(x)
    x = upscale(x, 4 * width, who)
    x = residual(upscale(x, 2 * width, who))
    x = residual(upscale(x, width, who))
    x = upscale(x, width // 2, who)
    x = layers.Conv2D(3, 5, padding="same")(x)
    return keras.Model([scene, who], layers.Activation("sigmoid", dtype="float32")(x), name=name)


def pretraining(encoder_, decoder_, people, same_code=0.1):
    """The network that frees the encoder from identity: a picture and a person's number give that person's picture.

    encoder_, decoder_: a shared_encoder and a personal_decoder, whose weights it trains. people: how many persons there
    are. Its batches hold the same scene in rows 2 k and 2 k + 1, with two people whose targets are swapped. Returns a
    keras.Model [picture f32 [N, 64, 64, 3], person int [N]] -> picture; get_layer('people') holds the vectors.
    Lesson 02.
    """
    image = keras.Input((SIZE, SIZE, 3), name="image")
    number = keras.Input((), dtype="int32", name="number")
    width = decoder_.inputs[1].shape[-1]
    vector = layers.Embedding(people, width, dtype="float32", name="people")(number)
    return keras.Model([image, number], decoder_([SameCode(same_code)(encoder_(image)), vector]), name="pretraining")


def for_one_person(decoder_, vector):
    """A personal_decoder with the person's vector f32 [D] built in: a keras.Model from codes [N, C] to that one's face.

    Both the vector and the decoder's weights can be trained further. Lesson 02.
    """
    code = keras.Input(decoder_.inputs[0].shape[1:], name="code")
    person = OnePerson(len(vector), dtype="float32", name="person")
    model = keras.Model(code, decoder_([code, person(code)]), name="decoder")
    person.set_weights([vector[None]])
    return model


def cut_out(images, masks):
    """The face on plain grey, as the shared encoder takes it: 0.5 where masks f32 [N, S, S] are 0.

    images: f32 RGB [N, S, S, 3] in [0, 1]. Returns f32 of the same shape. Raises ValueError when the masks do not fit
    the pictures. Lesson 02.
    """
    if masks.shape != images.shape[:3]:
        raise ValueError(f"masks are {masks.shape}, pictures {images.shape}; expected one mask [S, S] for each picture")
    unit_range(images, "the batch")
    alpha = masks[..., None]
    return (images * alpha + 0.5 * (1 - alpha)).astype("float32")


def swap_faces(encoder_, decoder_, images, masks):
    """The swap itself: faces f32 [N, 64, 64, 3] and their masks [N, 64, 64] through the encoder and a person's decoder.

    Returns that person's face in the same poses and expressions, f32 [N, 64, 64, 3] in [0, 1] on grey. Lesson 02.
    """
    return decoder_.predict(encoder_.predict(cut_out(images, masks), verbose=0), verbose=0)


def _check_width(width):
    if not isinstance(width, int) or width < 2 or width % 2:
        raise ValueError(f"width is {width!r}; expected an even number of filters, for instance 128 or 32")
