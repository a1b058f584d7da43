"""The networks of lip sync: the published size, embeddings of length 1, a mask, and a delay that is counted right."""
import keras
import numpy as np

from course_lib.models import lip_sync
from course_lib.models.lip_shapes import DELAY, lip_space, lips_of, shipped
from course_lib.models.wav2lip_inference import sound_windows, speak


def test_the_lstm_has_the_published_size():
    assert lip_sync.audio_to_lips().count_params() == 22_580


def test_components_give_the_shapes_back():
    rng = np.random.default_rng(0)
    shapes = (rng.normal(size=(300, 3)) @ rng.normal(size=(3, 36)) + rng.normal(size=36)).astype(np.float32)
    space = lip_space(shapes, 5)
    assert np.allclose(space.decode(space.encode(shapes)), shapes, atol=1e-3)
    assert np.allclose(space.basis @ space.basis.T, np.eye(5), atol=1e-4) and space.explained[:3].sum() > 0.999


def test_a_shipped_model_standardises_and_decodes(tmp_path):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    space, network = lip_space(rng.normal(size=(99, 36)), 4), lip_sync.audio_to_lips(28, 4, 8)
    mean, scale = rng.normal(size=28), rng.uniform(1, 2, 28)
    model = shipped(network, space, mean, scale)
    x = rng.normal(size=(1, 9, 28)).astype(np.float32)
    wanted = space.decode(np.array(network((x - mean) / scale)))
    assert np.allclose(model(x), wanted, atol=1e-3)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras", safe_mode=True)
    assert np.allclose(again(x), wanted, atol=1e-3)


def test_a_delayed_network_is_read_at_the_right_step():
    class Late(keras.Model):
        def call(self, x):
            return keras.ops.pad(x, ((0, 0), (DELAY, 0), (0, 0)))[:, :keras.ops.shape(x)[1]]

    x = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    assert np.allclose(lips_of(Late(), x), x) and np.allclose(lips_of(Late(), x[None])[0], x)


def test_embeddings_have_length_one_and_no_negative_part():
    rng = np.random.default_rng(0)
    found = lip_sync.sync_expert(16).predict([rng.random((3, 32, 64, 15)), rng.random((3, 20, 40, 1))], verbose=0)
    for vectors in found:
        assert vectors.min() >= 0 and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_the_generator_never_sees_the_lower_half():
    keras.utils.set_random_seed(0)
    rng, model = np.random.default_rng(0), lip_sync.wav2lip()
    faces, mel = rng.random((4, 64, 64, 3)).astype(np.float32), rng.random((16, 40)).astype(np.float32)
    changed = faces.copy()
    changed[:, 32:] = 0.5
    one, two = (speak(model, x, faces[::-1], mel) for x in (faces, changed))
    assert np.array_equal(one, two) and np.array_equal(one[:, :32], faces[:, :32]) and one.shape == faces.shape


def test_each_frame_hears_the_sound_around_it():
    rows = np.arange(40)[:, None] * np.ones((1, 40))
    heard = sound_windows(rows, 10)[..., 0, 0]
    assert heard[5].tolist() == list(range(12, 32))  # frame 5 sounds in rows 20 to 23: the middle
    assert heard[0, :10].tolist() == [0] * 9 + [1]


def test_an_untrained_generator_shows_the_upper_half_and_the_reference(tmp_path):
    rng, model = np.random.default_rng(0), lip_sync.wav2lip()
    face, mel = rng.uniform(0.1, 0.9, (2, 64, 64, 6)).astype(np.float32), np.zeros((2, 20, 40, 1), np.float32)
    made = model.predict([face, mel], verbose=0)
    assert np.array_equal(made[:, :32], face[:, :32, :, :3])
    assert np.allclose(made[:, 32:], face[:, 32:, :, 3:], atol=1e-4)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras", safe_mode=True)
    assert np.allclose(again.predict([face, mel], verbose=0), made)


def test_a_decoder_draws_a_face_from_a_code():
    made = lip_sync.mouth_decoder(5, 4).predict(np.zeros((2, 5)), verbose=0)
    assert made.shape == (2, 64, 64, 3) and 0 <= made.min() and made.max() <= 1
