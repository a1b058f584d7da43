"""What cameras, codecs and networks do to a picture, every parameter recorded. Lessons 09, 10 and 13."""
import io

import av
import numpy as np

from course_lib.media.video import EXACT


def h264(frames, crf, fps=25):
    """The frames of a clip after H.264: really encoded, in memory, and decoded again.

    frames: f32 RGB [T, H, W, 3] in [0, 1], of one clip in the order of time, since the codec predicts each frame from
    others; H and W even. crf: the encoder's constant rate factor, 0 (nearly lossless) to 51; FaceForensics++ calls 23
    "c23" (high quality) and 40 "c40" (low quality). fps: frames a second. Colours are stored at half the resolution
    (4:2:0), as nearly every film has them. Returns f32 of the same shape. Raises ValueError on other shapes, sizes or
    crf. Lesson 10.
    """
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[3] != 3 or not len(frames) or frames.dtype.kind != "f":
        raise ValueError(f"h264 wants the frames of a clip, float RGB [T, H, W, 3]; got {frames.dtype} {frames.shape}")
    if frames.shape[1] % 2 or frames.shape[2] % 2:
        raise ValueError(f"H.264 with 4:2:0 colours wants even sides; got {frames.shape[1]} x {frames.shape[2]}")
    if not 0 <= crf <= 51:
        raise ValueError(f"crf is {crf}; expected 0 to 51 (23 is good quality, 40 poor)")
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": str(crf)})
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], "yuv420p"
        for frame in frames:
            pixels = (np.clip(frame, 0, 1) * 255 + 0.5).astype(np.uint8)
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(stream.encode(picture.reformat(format="yuv420p", dst_colorspace="ITU709",
                                                         dst_color_range="MPEG", interpolation=EXACT)))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        decoded = [f.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG",
                              interpolation=EXACT).to_ndarray() for f in container.decode(video=0)]
    return np.stack(decoded).astype(np.float32) / 255
