"""What a codec could not predict: motion vectors, motion compensation and the residual of H.264. Lesson 12.

A P frame is stored as motion vectors, which say for each block where in the frame before it comes from, and a residual,
which says what that leaves to correct. A forgery made frame by frame may move as the codec expects and yet not match.
"""
import io

import av
import cv2
import numpy as np

from course_lib.media.video import EXACT


def coded(frames, crf=23, fps=25):
    """A clip as H.264 with P frames only, each predicted from the one before, and the codec's motion vectors.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1], H and W even, in temporal order.
        crf: Constant rate factor, 0 to 51.
        fps: Frames per second.
    Returns:
        (decoded frames f32 [T, H, W, 3], displacements f32 [T, H, W, 2]: the content of each pixel was so far away, in
        pixels (x, y), in the frame before; 0 in the first frame and in blocks that were not predicted).
    Raises:
        ValueError: For frames of another shape.
    References:
        ITU-T H.264, section 8.4 (inter prediction).
    Lesson 12.
    """
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.shape[1] % 2 or frames.shape[2] % 2:
        raise ValueError(f"frames have the shape {frames.shape}; expected (T, H, W, 3) with even H and W")
    file, size = io.BytesIO(), frames.shape[1:3]
    with av.open(file, "w", format="mp4") as container:
        one_way = "cpu-independent=1:bframes=0:ref=1:weightp=0:keyint=1000:scenecut=0"
        stream = container.add_stream("libx264", rate=fps, options={"crf": str(crf), "x264-params": one_way})
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        for frame in frames:
            image = av.VideoFrame.from_ndarray((np.clip(frame, 0, 1) * 255 + 0.5).astype(np.uint8), format="rgb24")
            container.mux(stream.encode(image.reformat(format="yuv420p", dst_colorspace="ITU709",
                                                       dst_color_range="MPEG", interpolation=EXACT)))
        container.mux(stream.encode())
    file.seek(0)
    decoded, motion = [], []
    with av.open(file, options={"flags2": "+export_mvs"}) as container:
        container.streams.video[0].codec_context.options = {"flags2": "+export_mvs"}
        for frame in container.decode(video=0):
            decoded.append(frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG",
                                          interpolation=EXACT).to_ndarray())
            vectors = frame.side_data.get("MOTION_VECTORS")
            motion.append(displacements([] if vectors is None else vectors.to_ndarray(), size))
    return np.stack(decoded).astype(np.float32) / 255, np.stack(motion)


def displacements(vectors, size):
    """The motion vectors of blocks as one displacement for each pixel.

    Args:
        vectors: Records with the block's middle dst_x, dst_y and size w, h in pixels, and motion_x, motion_y in units
            of 1 / motion_scale pixels, as FFmpeg exports them.
        size: (height, width), pixels.
    Returns:
        f32 [H, W, 2], (x, y) in pixels; 0 where there is no vector.
    Lesson 12.
    """
    field = np.zeros((*size, 2), np.float32)
    for v in vectors:
        left, top = int(v["dst_x"]) - int(v["w"]) // 2, int(v["dst_y"]) - int(v["h"]) // 2
        block = np.float32([v["motion_x"], v["motion_y"]]) / max(int(v["motion_scale"]), 1)
        field[max(top, 0):top + int(v["h"]), max(left, 0):left + int(v["w"])] = block
    return field


def compensate(previous, motion):
    """Motion compensation: the frame before, moved block by block to where its content is now.

    Args:
        previous: f32 RGB [H, W, 3].
        motion: f32 [H, W, 2], of `coded`.
    Returns:
        f32 [H, W, 3]: previous at (x, y) + motion, linear between pixels (H.264 uses a longer filter).
    Lesson 12.
    """
    height, width = motion.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(previous, x + motion[..., 0], y + motion[..., 1], cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REPLICATE)


def prediction_error(frames, crf=23):
    """The inter-frame prediction error of a clip: each decoded frame minus its motion-compensated predecessor.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1], H and W even.
        crf: Of the H.264 whose motion vectors are used.
    Returns:
        f32 [T - 1, H, W, 3].
    References:
        Amerini and Caldelli, "Exploiting prediction error inconsistencies through LSTM-based classifiers to detect
        deepfake videos", IH&MMSec 2020.
    Lesson 12.
    """
    decoded, motion = coded(frames, crf)
    return np.stack([now - compensate(before, field)
                     for before, now, field in zip(decoded[:-1], decoded[1:], motion[1:])])
