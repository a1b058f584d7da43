"""H.264, as an operation on images and clips. Lesson 10."""
import io

import av
import numpy as np

from course_lib.media.video import EXACT

from .operations import check_image


def video(image, crf):
    """The image as the first frame of an H.264 video; odd sides are padded by a pixel for it.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        crf: As for `h264`.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Lesson 09.
    """
    height, width = check_image(image).shape[:2]
    even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return h264(even[None], crf)[0, :height, :width]


def h264(frames, crf, fps=25):
    """The frames of a clip encoded as H.264, in memory, and decoded again.

    Chroma is stored at half the resolution (4:2:0), as in nearly every video.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1], H and W even, of one clip in temporal order: the codec predicts each
            frame from others.
        crf: Constant rate factor, 0 (nearly lossless) to 51; FaceForensics++ calls 23 "c23" (high quality) and 40 "c40"
            (low quality).
        fps: Frames per second.
    Returns:
        f32 RGB [T, H, W, 3] in [0, 1].
    Raises:
        ValueError: For other shapes, sizes or crf.
    Lesson 10.
    """
    with av.open(io.BytesIO(h264_bytes(frames, crf, fps))) as container:
        decoded = [f.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG",
                              interpolation=EXACT).to_ndarray() for f in container.decode(video=0)]
    return np.stack(decoded).astype(np.float32) / 255


def h264_bytes(frames, crf, fps=25):
    """A clip as the bytes of an MP4 file, without label, watermark and manifest: what a launderer saves.

    Args:
        frames, crf, fps: As for `h264`.
    Returns:
        bytes.
    Raises:
        ValueError: For other shapes, sizes or crf.
    Lesson 14.
    """
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[3] != 3 or not len(frames) or frames.dtype.kind != "f":
        raise ValueError(f"h264 expects frames of a clip, float RGB [T, H, W, 3]; got {frames.dtype} {frames.shape}")
    if frames.shape[1] % 2 or frames.shape[2] % 2:
        raise ValueError(f"H.264 with 4:2:0 chroma needs even sides; got {frames.shape[1]} x {frames.shape[2]}")
    if not 0 <= crf <= 51:
        raise ValueError(f"crf is {crf}; expected 0 to 51 (23 is good quality, 40 poor)")
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        # without cpu-independent, the same clip comes out differently now and then where the width is no multiple of 32
        options = {"crf": str(crf), "x264-params": "cpu-independent=1"}
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], "yuv420p"
        for frame in frames:
            pixels = (np.clip(frame, 0, 1) * 255 + 0.5).astype(np.uint8)
            image = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(stream.encode(image.reformat(format="yuv420p", dst_colorspace="ITU709",
                                                         dst_color_range="MPEG", interpolation=EXACT)))
        container.mux(stream.encode())
    return file.getvalue()
