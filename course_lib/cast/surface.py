"""The surface at every point: texture noise, and masks for lips, brows, beard, iris, wrinkles."""

import numpy as np
import tensorflow as tf

from course_lib.cast.algebra import bump, dot, length, mix, saturate, smoothstep, square, unit, value_noise, wave
from course_lib.cast.anatomy import beard_region, brow_curve, eye_curves, mouth_curves, to_head
from course_lib.cast.geometry import glasses_ring, nearest

# two rows of frequencies for each noise layer, over (x, y, z, |x|, iris angle, iris radius, strand, world x, world y)
LAYERS = {
    "blotch": ((9, 0, 3.7, 0, 0, 0, 0, 0, 0), (0, 9, -2.1, 0, 0, 0, 0, 0, 0)),
    "pores": ((45, 0, 20, 0, 0, 0, 0, 0, 0), (0, 45, 0, 0, 0, 0, 0, 0, 0)),
    "spots": ((24, 33, 11, 0, 0, 0, 0, 0, 0), (-31, 26, 9, 0, 0, 0, 0, 0, 0)),
    "jitter": ((0, -25, 0, 60, 0, 0, 0, 0, 0), (0, 6, 0, 0, 0, 0, 0, 0, 0)),
    "browhair": ((0, -55, 0, 95, 0, 0, 0, 0, 0), (0, 14, 0, 0, 0, 0, 0, 0, 0)),
    "grain": ((70, 0, 50, 0, 0, 0, 0, 0, 0), (0, 55, 0, 0, 0, 0, 0, 0, 0)),
    "liplines": ((60, 0, 0, 0, 0, 0, 0, 0, 0), (0, 4, 0, 0, 0, 0, 0, 0, 0)),
    "fibre": ((0, 0, 0, 0, 14, 0, 0, 0, 0), (0, 0, 0, 0, 0, 3, 0, 0, 0)),
    "strand": ((0, 0, 0, 0, 0, 0, 35, 0, 0), (0, 1.1, 0, 0, 0, 0, 0, 0, 0)),
    "strand2": ((0, 0, 0, 0, 0, 0, 96, 0, 0), (0, 2.2, 0, 0, 0, 0, 0, 0, 0)),
    "curl": ((21, 0, 12, 0, 0, 0, 0, 0, 0), (0, 21, -10, 0, 0, 0, 0, 0, 0)),
    "weave": ((0, 0, 0, 0, 0, 0, 0, 40, 0), (0, 0, 0, 0, 0, 0, 0, 0, 40)),
}


MASKS = (  # what `masks` returns, in its order
    "label skin eye mouth hair cloth rim lips brow beard lash seam root freckle red tone wrinkle shadow lid cavity "
    "sclera_red iris pupil glow lidshade tooth gap deep strands weave shine"
).split()


def noise_layers(p, q):
    """All layers of value noise, in one loop (one layer an iteration).

    Args:
        p: (x, y, z), world points, tensors [N, M].
        q: Measures.
    Returns:
        Tensor [len(LAYERS), N, M].
    """
    x, y, z = to_head(p, q)
    to_point = unit(x - tf.sign(x) * q.ex, y, z - q.ez)
    radius = tf.sqrt(tf.nn.relu(1.0 - square(dot(to_point, (q.gx, q.gy, q.gz)))))
    angle = tf.atan2(to_point[1] - q.gy, to_point[0] - q.gx)
    strand = tf.atan2(x - 0.22 * q.hair_part + 1e-4, z + 0.25)
    basis = [x, y, z, tf.abs(x), angle, radius, strand, p[0], p[1]]
    table = tf.constant(np.array(list(LAYERS.values()), np.float32))
    seed = tf.cast(q.texture, tf.int32)

    def one(i, out):
        a, b = (sum(table[i, j, m] * basis[m] for m in range(len(basis))) for j in (0, 1))
        return i + 1, out.write(i, value_noise(a + 7.3, b + 3.1, seed + 77 * i))

    out = tf.TensorArray(tf.float32, len(LAYERS), element_shape=x.shape)
    return tf.while_loop(lambda i, _: i < len(LAYERS), one, [0, out], maximum_iterations=len(LAYERS))[1].stack()


CURVES = 19  # how many tensors `curves` returns


def curves(p, q):
    """Head coordinates and the curves of the face at the points, so that they are computed once.

    Args:
        p: (x, y, z), world points, tensors [N, M].
        q: Measures.
    Returns:
        List of CURVES tensors.
    """
    x, y, z = to_head(p, q)
    return [x, y, z, *eye_curves(x, q), *mouth_curves(x, q), *brow_curve(x, q)]


def _materials(distances, noise, hit):
    """One mask for each of the six solids; loose strands soften where the hair begins."""
    d = list(distances)
    d[3] = d[3] - 0.022 * (noise["strand2"] - 0.35)
    smallest = nearest(d)
    return [tf.cast(a <= smallest, tf.float32) * hit for a in d]


def _wrinkles(x, y, z, u, q):
    """Lines of the forehead, crow's feet and bags under the eyes, in [0, 1]; they grow with age."""
    ax = tf.abs(x)
    drift = 0.012 * wave(x * 1.3 + q.seed)
    brow = (
        bump((y - 0.43 - drift) / 0.016)
        + bump((y - 0.335 + 0.6 * drift) / 0.013)
        + 0.8 * bump((y - 0.52 - 0.5 * drift) / 0.014)
    )
    brow = brow * smoothstep(0.46, 0.16, ax) * (0.75 + 0.7 * q.brow)
    frown = bump((ax - 0.055) / 0.014) * smoothstep(0.10, 0.16, y) * smoothstep(0.33, 0.25, y) * (0.4 + 0.8 * q.frown)
    out = ax - q.ex - q.ew
    feet = (
        tf.nn.relu(wave(y * 13.0 + 0.35 + 5.0 * out * tf.sign(y)))
        * smoothstep(0.0, 0.03, out)
        * smoothstep(0.16, 0.07, out)
        * bump(y * 6.5)
    )
    feet = feet * (0.55 + 0.6 * q.smile)
    bag = bump((y + 0.115 + 0.02 * u * u) / 0.014) * smoothstep(1.1, 0.6, tf.abs(u)) * 0.8
    mouth = (
        bump((ax - q.mw - 0.05) / 0.014)
        * smoothstep(q.my - 0.20, q.my - 0.10, y)
        * smoothstep(q.my + 0.01, q.my - 0.05, y)
        * 0.6
    )
    return saturate((brow + frown + feet + bag + mouth) * smoothstep(0.3, 0.6, z)) * q.folds


def masks(c, noise, distances, cover, q):
    """Materials and paint at every point, as soft masks.

    Args:
        c: What `curves` returns.
        noise: Dict of the noise layers.
        distances: What `geometry.parts` returns.
        cover: How much of the ray's pixel the solid covers.
        q: Measures.
    Returns:
        Dict of [N, M], see MASKS.
    """
    x, y, z = c[:3]
    u, ce, upper, lower, _, _ = c[3:9]
    _, cm, middle, iu, il, ou, ol = c[9:16]
    bu, by, bt = c[16:19]
    ax, front = tf.abs(x), smoothstep(0.3, 0.55, z)
    hit = tf.cast((nearest(distances) < 0.018) | (cover > 0.0), tf.float32)
    skin, eye, mouth, hair, cloth, rim = _materials(distances, noise, hit)
    red = (
        0.30 * bump((ax - 0.40) * 5.9) * bump((y + 0.30) * 6.0)
        + 0.26 * bump(x * 10.0) * bump((y - q.ny) * 10.0) * smoothstep(0.85, 0.95, z)
        + 0.12 * bump(x * 5.0) * bump((y + 1.0) * 10.0)
        + 0.40 * smoothstep(0.68, 0.76, ax)
    )
    spots = smoothstep(0.58, 0.74, 0.7 * noise["spots"] + 0.3 * noise["pores"])
    spots = spots * bump((y + 0.2) * 3.6) * smoothstep(0.2, 0.6, z)
    lips = smoothstep(-0.012, 0.012, ou - y) * smoothstep(-0.012, 0.012, y - ol) * smoothstep(0.0, 0.12, cm) * front
    by = by + 0.014 * (noise["jitter"] - 0.5)
    brow = (
        smoothstep(1.15, 0.45, tf.abs(y - by) / (bt + 1e-3))
        * smoothstep(1.03, 0.80, tf.abs(bu))
        * front
        * (0.55 + 0.5 * noise["browhair"])
    )
    grain = noise["grain"]
    stubble = beard_region(x, y, z, q, ou, ol) * (1.0 - lips)
    beard = saturate(stubble * (q.stubble * (0.25 + 0.5 * grain) + q.beard * (1.2 + 0.5 * grain)))
    lash = bump((y - upper - 0.007) * 52.0) * smoothstep(-0.02, 0.10, ce) * front * (0.8 + 0.2 * u)
    lash = saturate(lash * 1.15 + 0.35 * bump((y - lower) * 125.0) * smoothstep(0.0, 0.1, ce) * front)
    seam = bump((y - middle) * 100.0) * saturate(cm * 4.0) * front * saturate(1.0 - 6.0 * (q.jaw + q.teeth))
    # hair: the scalp takes the hair's colour at the hairline, over a wide band in a cut that fades
    distance = distances[3] - 0.03 * (noise["strand2"] - 0.5)
    faded = (
        smoothstep(0.16, -0.01, distance)
        * (0.35 + 0.5 * noise["grain"])
        * q.hair_fade
        * smoothstep(0.45, 0.10, z)
        * smoothstep(-0.55, -0.2, y)
    )
    root = tf.maximum(smoothstep(0.05, -0.005, distance) * 0.65, faded) * skin
    # eye: iris and pupil by the angle to the gaze; the lid's shadow
    to_point = unit(x - tf.sign(x) * q.ex, y, z - q.ez)
    ca = dot(to_point, (q.gx, q.gy, q.gz))
    r = tf.sqrt(tf.nn.relu(1.0 - ca * ca)) + 2.0 * tf.cast(ca < 0, tf.float32)
    glow = (
        mix(0.75, 1.8, smoothstep(0.15, -0.35, to_point[1] - q.gy))
        * (0.7 + 0.8 * noise["fibre"])
        * (1.0 - 0.78 * smoothstep(0.38, 0.59, r))
    )
    # mouth: teeth with gaps, darker towards the back; a narrow opening shows a shadow, not single bright pixels
    opening = smoothstep(0.012, 0.055, iu - il)
    tooth = smoothstep(0.235, 0.255, length(x, 0.0 * x, z - 0.52)) * opening
    turn = tf.atan2(x, z - 0.5) * 7.2
    deep = smoothstep(0.60, 0.80, z) * (0.45 + 0.55 * smoothstep(-0.02, 0.05, iu - y)) * mix(0.25, 1.0, opening)
    strands = mix(0.5 * noise["strand"] + 0.5 * noise["strand2"], noise["curl"], q.hair_curl)
    cavity = smoothstep(0.80, 0.66, z) * smoothstep(0.0, 0.02, iu - y)
    cavity = cavity * smoothstep(0.0, 0.02, y - il) * smoothstep(0.0, 0.1, cm)
    label = (
        skin
        + eye * 2.0
        + mouth * 3.0
        + hair * 4.0
        + cloth * 5.0
        + rim * 7.0
        + skin * 5.0 * tf.cast(lips > 0.5, tf.float32)
    )
    label = mix(label, 3.0, skin * tf.cast(cavity > 0.5, tf.float32))
    return dict(
        label=label,
        skin=skin,
        eye=eye,
        mouth=mouth,
        hair=hair,
        cloth=cloth,
        rim=rim,
        lips=lips,
        brow=saturate(brow * 0.92),
        beard=saturate(beard * 0.9),
        lash=lash,
        seam=seam,
        root=root,
        freckle=0.8 * spots * q.freckle,
        red=red * (0.35 + q.ruddy),
        tone=1.0 + 0.12 * (noise["blotch"] - 0.5) + 0.08 * (noise["pores"] - 0.5),
        wrinkle=_wrinkles(x, y, z, u, q),
        shadow=0.22 * bump((ax - q.ex + 0.03) * 5.9) * bump((y + 0.12) * 20.0) * (0.25 + q.age),
        lid=bump((y - upper - 0.03) * 20.0) * saturate(ce) * 0.16,
        cavity=cavity,
        sclera_red=saturate(tf.abs(u) * 1.2 - 0.25),
        iris=smoothstep(0.615, 0.545, r),
        pupil=smoothstep(0.29, 0.22, r),
        glow=glow,
        lidshade=0.22 + 0.78 * smoothstep(-0.01, 0.08, upper - y),
        tooth=tooth,
        gap=1.0 - 0.30 * bump((turn - tf.round(turn)) * 14.0) * opening,
        deep=deep,
        strands=strands,
        weave=0.9 + 0.2 * noise["weave"],
        shine=bump(x * 5.5),
    )


def lens(p, d, q):
    """Where a ray crosses a lens of the glasses.

    Args:
        p: (x, y, z), the world point that the ray meets.
        d: (x, y, z), the ray's direction.
        q: Measures.
    Returns:
        (coverage, height on the lens in [-1, 1], position along the face).
    """
    x, y, z = to_head(p, q)
    dx = q.r00 * d[0] + q.r10 * d[1] + q.r20 * d[2]
    dy = q.r01 * d[0] + q.r11 * d[1] + q.r21 * d[2]
    dz = q.r02 * d[0] + q.r12 * d[1] + q.r22 * d[2]
    s = (0.93 - 0.30 * x * x - z) / tf.minimum(dz, -0.2)
    lx, ly = x + s * dx, y + s * dy
    ring = glasses_ring(tf.abs(lx), ly, q)
    return smoothstep(0.004, -0.008, ring) * tf.cast(s < 0.02, tf.float32) * q.glasses, (ly + 0.015) / 0.175, lx
