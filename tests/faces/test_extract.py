"""From frames, photographs and videos to a FaceSet: what is detected, what is reported, what is kept."""
import cv2
import numpy as np
import pytest
from PIL import Image

from course_lib import faces, media, provenance


def test_a_set_from_frames_holds_pictures_masks_and_truth(many_scenes):
    faceset = faces.faceset_from_frames(many_scenes, size=48)
    assert len(faceset) == 24 and faceset.size == 48
    assert faceset.images.dtype == faceset.masks.dtype == np.float32 and faceset.masks.shape == (24, 48, 48)
    np.testing.assert_allclose(faceset.pose[:, 0], [s.pose.yaw for s in many_scenes.scenes], atol=1e-6)
    assert faceset.points == ["truth"] * 24
    for matrix, crop, frame in zip(faceset.matrices, faceset.landmarks, many_scenes.landmarks, strict=True):
        np.testing.assert_allclose(faces.transform(frame, matrix), crop, atol=1e-3)
    # the mask is the frame's own face mask, seen through the crop
    there = np.rint(faces.transform([[24, 24]], faces.invert(faceset.matrices[0]))[0]).astype(int)
    assert (faceset.masks[0, 24, 24] > 0.5) == many_scenes.face_mask[0, there[1], there[0]]


def test_rows_can_be_picked_joined_and_counted(many_scenes):
    faceset = faces.faceset_from_frames(many_scenes)
    odd = faceset[np.arange(24) % 2 == 1]
    assert odd.sources == [f"frame {i}" for i in range(1, 24, 2)]
    both = faces.join([faceset[:5], odd])
    assert len(both) == 17 and both.sources[5] == "frame 1" and len(faceset[3]) == 1
    with pytest.raises(ValueError, match="one crop size"):
        faces.join([faceset, faces.faceset_from_frames(many_scenes[:2], size=32)])
    with pytest.raises(ValueError, match="lengths differ"):
        faces.FaceSet(faceset.images, faceset.masks[:3], faceset.landmarks, faceset.matrices, faceset.sources)
    # the footprint is the crop's side in the frame: at 128 px the mean face fills about three quarters of it
    assert 70 < np.median(faceset.footprint()) < 120


def test_a_set_comes_back_from_its_file(many_scenes, tmp_path):
    faceset = faces.faceset_from_frames(many_scenes[:5])
    faceset.skipped.append(("a.jpg", "no face found"))
    again = faces.FaceSet.load(faceset.save(tmp_path / "new" / "set.npz"))
    np.testing.assert_allclose(again.images, faceset.images, atol=0.51 / 255)
    np.testing.assert_array_equal(again.matrices, faceset.matrices)
    np.testing.assert_array_equal(again.expression, faceset.expression)
    assert (again.sources, again.points, again.skipped) == (faceset.sources, faceset.points, faceset.skipped)
    (tmp_path / "torn.npz").write_bytes((tmp_path / "new" / "set.npz").read_bytes()[:500])
    with pytest.raises(ValueError, match="make it again"):
        faces.FaceSet.load(tmp_path / "torn.npz")
    with pytest.raises(FileNotFoundError):
        faces.FaceSet.load(tmp_path / "none.npz")


def test_pictures_give_their_largest_face_and_the_rest_is_told(hopper):
    small = np.zeros_like(hopper)
    small[:300, :256] = hopper[::2, ::2]
    both = np.concatenate([small, hopper], 1)
    pictures = [("one", hopper), ("two", both), ("black", hopper * 0), ("torn", ValueError("cut short"))]
    faceset = faces.faceset_from_images(iter(pictures), size=96)
    assert faceset.sources == ["one", "two"] and faceset.people.tolist() == [1, 2]
    assert faceset.skipped == [("black", "no face found"), ("torn", "unreadable: cut short")]
    assert abs(faceset.footprint()[1] / faceset.footprint()[0] - 1) < 0.1  # the large one, not the small one
    assert np.abs(faceset.pose).max() < 0.3 and faceset.points == ["mesh", "mesh"]  # she faces the camera
    jaw, smile, brow, blink = faceset.expression[1]
    assert jaw < 0.3 and 0 <= blink < 0.7 and np.isnan([smile, brow]).all()
    haar = faces.faceset_from_images([("one", hopper)], method="haar")
    assert np.isnan(haar.pose).all() and np.isnan(haar.expression).all() and haar.points == ["eyes"]
    assert 0.25 < faceset.masks.mean() < 0.65 and faceset.masks[0, 48, 48] == 1
    kept, report = faces.clean(faceset)
    assert kept.sources == ["one"] and report.dropped_by == [None, "people"]


def test_no_face_anywhere_is_an_error_that_tells_why(hopper):
    with pytest.raises(ValueError, match="black: no face found"):
        faces.faceset_from_images([("black", hopper * 0)])
    with pytest.raises(ValueError, match="no images at all"):
        faces.faceset_from_images([])


def test_the_outline_follows_the_landmarks():
    mask = faces.outline_mask(faces.canonical(64), 64)
    assert mask.shape == (64, 64) and mask.dtype == np.float32 and set(np.unique(mask)) >= {0.0, 1.0}
    x, y = faces.canonical(64)[8]
    assert mask[int(y) - 2, int(x)] == 1 and mask[min(int(y) + 3, 63), int(x)] == 0
    assert mask[9, 32] == 1  # above the brows: the forehead belongs to the face
    np.testing.assert_allclose(mask, mask[:, ::-1], atol=0.26)


@pytest.fixture
def album(tmp_path, hopper):
    """A user's folder: two photographs, one picture without a face, a torn one, a note; and a valid consent."""
    folder = tmp_path / "album"
    folder.mkdir()
    photo = Image.fromarray((hopper * 255 + 0.5).astype(np.uint8))
    photo.save(folder / "a.jpg", quality=92)
    photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((384, 450)).save(folder / "B.PNG")
    Image.new("RGB", (300, 200), "teal").save(folder / "sea.png")
    (folder / "torn.jpg").write_bytes((folder / "a.jpg").read_bytes()[:9000])
    (folder / "notes.txt").write_text("holiday")
    given = provenance.consent.template().replace('""', '"Grace Hopper"', 1).replace('""', '"test"', 1)
    (folder / "consent.toml").write_text(given, encoding="utf-8")
    return folder


def test_a_folder_becomes_a_face_set_and_every_other_file_is_told(album):
    faceset = faces.faceset_from_folder(album)
    assert faceset.sources == ["B.PNG", "a.jpg"]
    assert [name for name, _ in faceset.skipped] == ["sea.png", "torn.jpg"]
    assert faceset.skipped[0][1] == "no face found" and "cut short" in faceset.skipped[1][1]
    _, report = faces.clean(faceset)
    assert "2 images gave no face" in str(report)


def test_without_consent_nothing_is_opened(album):
    (album / "consent.toml").unlink()
    with pytest.raises(provenance.consent.ConsentError, match="subject"):
        faces.faceset_from_folder(album)
    with pytest.raises(provenance.consent.ConsentError, match="subject"):
        faces.faceset_from_video(album / "a.mp4")


def test_folders_without_pictures_or_faces_are_told(album, tmp_path):
    for name in ("a.jpg", "B.PNG"):
        (album / name).unlink()
    with pytest.raises(ValueError, match="no face in 2 images"):
        faces.faceset_from_folder(album)
    for name in ("sea.png", "torn.jpg"):
        (album / name).unlink()
    with pytest.raises(ValueError, match="holds no pictures"):
        faces.faceset_from_folder(album)
    with pytest.raises(ValueError, match="not a folder"):
        faces.faceset_from_folder(tmp_path / "none")


def test_a_video_is_sampled_as_a_stream(album, hopper):
    small = cv2.resize(hopper, (256, 300), interpolation=cv2.INTER_AREA)
    frames = (np.roll(small, i, 1) if i < 20 else small * 0 for i in range(30))
    path = media.write_video(album / "clip.mp4", frames, fps=10, what="a photograph that slides", how="a test")
    faceset = faces.faceset_from_video(path, every=0.5)
    assert faceset.sources == [f"clip.mp4 at {t:.2f} s" for t in (0, 0.5, 1, 1.5)]
    assert faceset.skipped == [(f"clip.mp4 at {t:.2f} s", "no face found") for t in (2, 2.5)]
    shift = -faces.invert(faceset.matrices[0])[0, 2] + faces.invert(faceset.matrices[2])[0, 2]
    assert abs(shift - 10) < 4  # ten frames of one pixel each
    assert len(faces.faceset_from_video(path, every=0.1, max_frames=3)) == 3
    with pytest.raises(ValueError, match="every"):
        faces.faceset_from_video(path, every=0)


@pytest.mark.filterwarnings("ignore:.*cut short")  # media says it as well
def test_a_video_that_was_cut_short_gives_what_came_before_and_is_told(album, hopper):
    small = cv2.resize(hopper, (256, 300), interpolation=cv2.INTER_AREA)
    frames = (np.roll(small, i, 1) for i in range(30))
    path = media.write_video(album / "clip.webm", frames, fps=10, what="a photograph", how="a test")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    faceset = faces.faceset_from_video(path, every=0.5)
    assert 0 < len(faceset) < 6
    assert faceset.skipped[-1][0] == "clip.webm" and "ends after" in faceset.skipped[-1][1]
    (album / "note.mp4").write_text("no video")
    with pytest.raises(ValueError, match="note.mp4"):
        faces.faceset_from_video(album / "note.mp4")
    with pytest.raises(FileNotFoundError):
        faces.faceset_from_video(album / "none.mp4")
