"""FakeCatcher: do the pulses of several regions of a face belong to one heart? Lesson 12."""
import cv2
import numpy as np

from .pulse import band_pass, chrom, green, skin_means

SMALL = 1e-9  # added to a magnitude before its logarithm is taken
PAIRS = ((0, 1), (0, 2), (1, 2))
GRID = (8, 4)  # regions of the map, across and down


def face_regions(landmarks, skin):
    """Left, middle and right of the face, from brows to mouth, turned with the eyes.

    Args:
        landmarks: f [T, 68, 2], iBUG order, pixels.
        skin: bool [T, H, W].
    Returns:
        bool [3, T, H, W]: the right side of the person, the middle, the left side; skin only.
    Lesson 12.
    """
    skin = np.asarray(skin, bool)
    y, x = np.mgrid[:skin.shape[1], :skin.shape[2]]
    out = np.zeros((3, *skin.shape), bool)
    for t, points in enumerate(np.asarray(landmarks, float)):
        right, left = points[36:42].mean(0), points[42:48].mean(0)
        across = left - right
        between = np.hypot(*across)
        across, middle = across / between, points[27:31].mean(0)
        u = ((x - middle[0]) * across[0] + (y - middle[1]) * across[1]) / between
        v = ((y - middle[1]) * across[0] - (x - middle[0]) * across[1]) / between
        rows = skin[t] & (v > -1.0) & (v < 1.0)
        out[:, t] = rows & (u < -0.35), rows & (np.abs(u) <= 0.35), rows & (u > 0.35)
    return out


def region_colours(frames, regions):
    """The mean colour of each region in each frame.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        regions: bool [3, T, H, W].
    Returns:
        f64 [3, T, 3]; a frame in which a region is hidden takes the region's mean over time.
    Raises:
        ValueError: Where a region is never visible.
    Lesson 12.
    """
    colours = np.stack([skin_means(frames, region) for region in regions])
    mean = np.nanmean(colours, 1, keepdims=True) if np.isfinite(colours).any(1).all() else np.nan
    if not np.isfinite(mean).all():
        raise ValueError("a region of the face is visible in no frame; expected left, middle and right")
    return np.where(np.isnan(colours), mean, colours)


def signals(colours, rate):
    """The signals of three regions that FakeCatcher looks at.

    Args:
        colours: f64 [3, T, 3], of region_colours.
        rate: Frames per second.
    Returns:
        {"S": f64 [6, T], GREEN of the three regions and CHROM of the three; "D": f64 [3, T], |CHROM - GREEN|, each
        scaled to unit deviation; "D_C": f64 [3, T], |CHROM_i - CHROM_j| for pairs of regions}.
    References:
        Ciftci, Demir and Yin, "FakeCatcher", IEEE TPAMI 2020, section 3.
    Lesson 12.
    """
    g = np.stack([green(c, rate) for c in colours])
    c = np.stack([band_pass(chrom(x, rate), rate) for x in colours])
    unit = [x / np.maximum(x.std(1, keepdims=True), 1e-12) for x in (c, g)]
    return {"S": np.concatenate([g, c]), "D": np.abs(unit[0] - unit[1]),
            "D_C": np.stack([np.abs(c[i] - c[j]) for i, j in PAIRS])}


def autocorrelation(x):
    """The autocorrelation of a signal at lags from 0 up, 1 at lag 0.

    Args:
        x: f [T].
    Returns:
        f64 [T].
    Lesson 12.
    """
    x = np.asarray(x, float) - np.mean(x)
    power = np.abs(np.fft.rfft(x, 2 * len(x))) ** 2
    full = np.fft.irfft(power)[:len(x)]
    return full / max(full[0], 1e-30)


def log_magnitude(x):
    """log(|x| + 1e-9): with 1e+9, as a public re-implementation has it, every signal becomes a constant.

    Args:
        x: f [...].
    Returns:
        f64 [...].
    Lesson 12.
    """
    return np.log(np.abs(x) + SMALL)


def cross_spectra(x):
    """F1: the mean and the maximum of the cross spectrum of each pair of signals.

    Args:
        x: f [3, T].
    Returns:
        f64 [6].
    Lesson 12.
    """
    spectra = np.fft.rfft(x - x.mean(1, keepdims=True))
    cross = [np.abs(spectra[i] * np.conj(spectra[j])) / x.shape[1] for i, j in PAIRS]
    return np.array([f(c) for c in cross for f in (np.mean, np.max)])


def peaks(x, rate):
    """F3: number and mean height of narrow peaks, and of the lines in the spectrum of the autocorrelation.

    Args:
        x: f [T].
        rate: Frames per second.
    Returns:
        f64 [4].
    Lesson 12.
    """
    from scipy.signal import find_peaks

    narrow, _ = find_peaks(x, width=(None, 0.25 * rate))
    lines = np.abs(np.fft.rfft(autocorrelation(x)))
    strong = lines[lines > lines.mean() + 2 * lines.std()]
    return np.array([len(narrow), x[narrow].mean() if len(narrow) else 0.0, len(strong),
                     strong.mean() if len(strong) else 0.0])


def variability(x, rate):
    """F4: seven statistics of variability, named as those of heart rate variability.

    Args:
        x: f [T].
        rate: Frames per second.
    Returns:
        f64 [7]: standard deviation; that of the means of seconds (sdann); root mean square of successive differences
        (rmssd); mean of the deviations within seconds (sdnni); deviation of successive differences (sdsd); mean
        autocorrelation; entropy of the histogram of 16 bins, nats.
    Lesson 12.
    """
    seconds = np.array_split(x, max(1, round(len(x) / rate)))
    steps = np.diff(x)
    share = np.histogram(x, 16)[0] / len(x)
    share = share[share > 0]
    return np.array([x.std(), np.std([s.mean() for s in seconds]), np.sqrt(np.mean(steps**2)),
                     np.mean([s.std() for s in seconds]), steps.std(), autocorrelation(x).mean(),
                     -(share * np.log(share)).sum()])


def features(colours, rate):
    """The feature vector of a segment: F1(log D_C), F3 and F4 of log S and of A(D_C), and the spectral
    autocorrelation of S.

    Args:
        colours: f64 [3, T, 3], of region_colours.
        rate: Frames per second.
    Returns:
        f64 [117]: 6 + 36 + 63 + 12 (the paper counts 126).
    References:
        Ciftci, Demir and Yin, "FakeCatcher", IEEE TPAMI 2020, section 4.
    Lesson 12.
    """
    found = signals(colours, rate)
    chosen = [*log_magnitude(found["S"]), *map(autocorrelation, found["D_C"])]
    spectral = [autocorrelation(np.abs(np.fft.rfft(x)) ** 2) for x in found["S"]]
    return np.concatenate([
        cross_spectra(log_magnitude(found["D_C"])), *[peaks(x, rate) for x in chosen],
        *[variability(x, rate) for x in chosen], [f(x[1:]) for x in spectral for f in (np.mean, np.max)]])


def ppg_map(frames, landmarks, rate):
    """The PPG map: CHROM of 32 regions of the aligned face as rows, and their spectra below.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        landmarks: f [T, 68, 2], pixels.
        rate: Frames per second.
    Returns:
        f32 [64, T] in [0, 1]: every row is scaled to its own range, which erases amplitudes.
    References:
        Ciftci, Demir and Yin, "FakeCatcher", IEEE TPAMI 2020, section 5.
    Lesson 12.
    """
    target = np.float32([[10, 6], [22, 6], [16, 24]])  # eyes and mouth in a crop of 32 x 32
    colours = []
    for frame, p in zip(frames, np.asarray(landmarks, np.float32)):
        source = np.float32([p[36:42].mean(0), p[42:48].mean(0), p[48:60].mean(0)])
        face = cv2.warpAffine(frame, cv2.getAffineTransform(source, target), (32, 32), flags=cv2.INTER_LINEAR,
                              borderMode=cv2.BORDER_REPLICATE)
        colours.append(cv2.resize(face, GRID, interpolation=cv2.INTER_AREA).reshape(-1, 3))
    colours = np.maximum(np.stack(colours, 1), 1e-3)
    rows = np.stack([chrom(c, rate) for c in colours])
    power = np.abs(np.fft.rfft(rows - rows.mean(1, keepdims=True), 2 * rows.shape[1] - 1)) ** 2
    rows = np.concatenate([rows, power])
    low, high = rows.min(1, keepdims=True), rows.max(1, keepdims=True)
    return ((rows - low) / np.maximum(high - low, 1e-30)).astype(np.float32)
