"""The solid: signed distances to skin, eyes, the inside of the mouth, hair, clothes and glasses.

A signed distance field gives, for a point, how far it is to the surface (negative inside). Solids are ellipsoids and
capsules, blended by smooth minima. x, y, z: a point in the head frame; ax: |x|; q: measures (see `anatomy`). Sources:
Hart, "Sphere tracing" (1996); Quilez, "Smooth minimum". Lesson 00.
"""

import tensorflow as tf

from course_lib.cast.algebra import bump, carve, ellipsoid, length, mix, saturate, smoothstep, square, union, wave
from course_lib.cast.anatomy import beard_region, eye_curves, mouth_curves, to_head


def _skull(ax, x, y, z, q):
    """Cranium, middle face, jaw, chin, cheeks, brow ridge, and the hollows for the eyes."""
    fw, low, sm = q.fw, q.low, q.smile
    jw = 1.0 + 0.10 * q.jaw_w
    d = ellipsoid(x, y - 0.25, z + 0.08, 0.715 * fw, 0.87 + 0.03 * q.forehead, 0.945)
    d = union(d, ellipsoid(x, y + 0.27 * low, z - 0.27, 0.60 * fw, 0.60 * low, 0.54), 0.18)
    d = union(d, ellipsoid(x, y + 0.60 * low + 0.9 * q.jd, z - 0.21 - q.jz, 0.505 * fw * jw, 0.45 * low, 0.49), 0.24)
    d = union(
        d,
        ellipsoid(
            x, y + 0.985 * low + q.jd, z - 0.665 - 0.035 * q.chin_z - q.jz, 0.205 * (1 + 0.26 * q.chin_w), 0.135, 0.155
        ),
        0.24,
    )
    d = union(
        d,
        ellipsoid(ax - 0.44 * fw, y + 0.17, z - 0.475, 0.17, 0.13 + 0.02 * q.cheekbone, 0.185 + 0.03 * q.cheekbone),
        0.14,
    )
    d = union(
        d,
        ellipsoid(
            ax - 0.345 - 0.02 * sm,
            y + 0.39 * low - 0.07 * sm,
            z - 0.585 - 0.01 * sm,
            0.170 + 0.028 * q.cheek,
            0.18,
            0.158 + 0.035 * q.cheek + 0.03 * sm,
        ),
        0.18,
    )
    d = union(d, ellipsoid(x, y - q.my + 0.35 * q.jd, z - 0.60 - 0.4 * q.jz, 0.30, 0.25 + 0.3 * q.jd, 0.265), 0.16)
    d = union(
        d,
        ellipsoid(ax - 0.26, y - 0.165 - 0.4 * (q.by - 0.205), z - 0.675 - 0.022 * q.brow_ridge, 0.25, 0.075, 0.12),
        0.14,
    )
    return carve(d, ellipsoid(ax - 0.315, y + 0.005, z - 0.955, 0.20, 0.15, 0.22), 0.12)


def _nose(ax, x, y, z, q):
    """Bridge as a tapered capsule, tip and wings."""
    ny, nz, nw = q.ny, q.nz, q.nw
    top_y, top_z = 0.07, 0.79
    h = saturate(((y - top_y) * (ny - top_y) + (z - top_z) * (nz - top_z)) / (square(ny - top_y) + square(nz - top_z)))
    hump = 0.024 * q.nose_hump * h * (1.0 - h) * 4.0
    d = length(x * (1.15 - 0.1 * nw), y - top_y - h * (ny - top_y), z - top_z - h * (nz - top_z) - hump) - mix(
        0.045, 0.060, h
    )
    d = union(d, ellipsoid(x, y - ny - 0.022 * q.nose_up, z - nz - 0.005, 0.080 * (0.6 + 0.4 * nw), 0.066, 0.070), 0.07)
    return union(
        d, ellipsoid(ax - 0.088 * nw, y - ny + 0.040 - 0.01 * q.smile, z - nz + 0.100, 0.054 * nw, 0.052, 0.074), 0.085
    )


def _ears(ax, y, z, q):
    es = 1.0 + 0.12 * q.ear
    px, pz = ax - 0.735 * q.fw, z + 0.07
    a, b = 0.88 * px + 0.47 * pz, -0.47 * px + 0.88 * pz
    return carve(
        ellipsoid(a, y + 0.13, b, 0.05, 0.275 * es, 0.175 * es),
        ellipsoid(a - 0.045, y + 0.11, b - 0.02, 0.045, 0.17 * es, 0.095 * es),
        0.05,
    )


def head(x, y, z, q):
    """The skin of the head, the eyeballs and the opening of the mouth.

    Args:
        x, y, z: Point in the head frame, tensors [N, M].
        q: Measures.
    Returns:
        Signed distances (skin, eyeball, mouth opening).
    """
    ax = tf.sqrt(x * x + 2e-4)
    ny, nw, sm = q.ny, q.nw, q.smile
    d = union(_skull(ax, x, y, z, q), _nose(ax, x, y, z, q), 0.12)
    d = carve(
        d,
        ellipsoid(ax - 0.050 * nw, y - ny + 0.092 - 0.022 * q.nose_up, z - q.nz + 0.045, 0.030 * nw, 0.034, 0.048),
        0.025,
    )
    # lids over the eyeballs, the crease above, then the almond-shaped opening
    u, c, upper, lower, open_, blink = eye_curves(x, q)
    eye = length(tf.abs(x) - q.ex, y, z - q.ez) - q.re
    d = union(d, eye - 0.020, 0.055)
    crease = open_ + 0.034 + 0.016 * q.eye_crease
    d = d + 0.012 * bump((y - crease) / 0.016) * saturate(c + 0.25) * smoothstep(0.3, 0.6, z) * (1.0 - 0.7 * blink)
    hole = tf.maximum(
        tf.maximum(lower - y, y - upper) * 0.85, tf.maximum(q.ez + 0.25 * q.re - z, (tf.abs(u) - 1.02) * q.ew)
    )
    d = carve(d, hole, 0.022)
    # lips: two rolls, the corners, the philtrum and the dent below
    t, cm, middle, iu, il, ou, ol = mouth_curves(x, q)
    qu, ql = saturate((y - iu) / (ou - iu + 0.012)), saturate((il - y) / (il - ol + 0.012))
    front = smoothstep(0.4, 0.7, z)
    roll = 6.75 * (qu * square(1.0 - qu) * 0.8 + ql * square(1.0 - ql) * 1.1) * saturate(cm * 1.8) * front
    d = d - q.lipz * roll
    d = d + 0.012 * bump((tf.abs(t) - 1.05) * 6.0) * bump((y - middle) / 0.06) * front
    d = d + 0.010 * bump(x / 0.030) * smoothstep(ou, ou + 0.03, y) * smoothstep(ny - 0.10, ny - 0.14, y) * front
    d = d + 0.016 * bump(x / 0.16) * bump((y - ol + 0.05) / 0.045) * front
    # the fold from nose to mouth, deeper with a smile and with age
    fold = (
        bump((ax - 0.155 * nw - (ny - 0.03 - y) * 0.62) / 0.045)
        * smoothstep(ny + 0.04, ny - 0.06, y)
        * smoothstep(q.my - 0.16, q.my - 0.02, y)
    )
    d = d + fold * front * (0.003 + 0.011 * sm + 0.014 * q.folds)
    mouth = tf.maximum(tf.maximum(y - iu, il - y), tf.maximum(tf.abs(x) - q.mw, 0.42 - z))
    d = carve(d, mouth, 0.022)
    d = d - 0.035 * q.beard * square(beard_region(x, y, z, q, ou, ol))
    return union(d, _ears(ax, y, z, q), 0.05), eye, mouth


def _inside_mouth(x, y, z, q, mouth):
    """Teeth and tongue, clipped to the opening."""
    upper = tf.maximum(tf.abs(length(x, 0.0 * x, z - 0.52) - 0.29) - 0.03, tf.abs(y - q.my - 0.050) - 0.085)
    lower = tf.maximum(
        tf.abs(length(x, 0.0 * x, z - 0.52 - q.jz) - 0.27) - 0.03, tf.abs(y - q.my + 0.125 + 0.95 * q.jd) - 0.075
    )
    tongue = ellipsoid(x, y - q.my + 0.11 + 0.85 * q.jd, z - 0.55 - q.jz, 0.17, 0.08, 0.24)
    return tf.maximum(tf.minimum(tf.minimum(upper, lower), tongue), mouth + 0.006)


def glasses_ring(ax, y, q):
    """Signed distance, in the plane of the lenses, to the middle line of the rim.

    Args:
        ax, y: |x| and y in the head frame.
        q: Measures.
    Returns:
        Tensor, negative on the lens.
    """
    gx, gy = ax - 0.335 * q.fw, y + 0.015
    return (tf.sqrt(tf.sqrt(square(square(gx / 0.235)) + square(square(gy / 0.175)) + 1e-9)) - 1.0) * 0.19


def _glasses(ax, x, y, z, q):
    """Two rims, the bridge and the temples."""
    gz = z - 0.93 + 0.30 * x * x
    d = tf.sqrt(square(glasses_ring(ax, y, q)) + gz * gz + 1e-9) - 0.016
    d = tf.minimum(d, length(tf.nn.relu(ax - 0.11), y - 0.04, gz) - 0.015)
    temple = (
        length(ax - 0.60 * q.fw - 0.14 * saturate((0.8 - z) / 0.8), y - 0.05, tf.nn.relu(tf.abs(z - 0.38) - 0.43))
        - 0.015
    )
    return tf.minimum(d, temple) + 1.0 - q.glasses


def _hair(x, y, z, q):
    """A cap around the skull, a curtain, quiff and bun, minus the opening for the face."""
    fw, ax = q.fw, tf.abs(x)
    px = x - 0.25 * q.hair_part * smoothstep(0.2, 0.9, y)
    d = ellipsoid(
        x,
        y - 0.25 - 0.4 * q.hair_top,
        z + 0.10,
        0.72 * fw + q.hair_side,
        0.86 + 0.6 * q.hair_top + 0.03 * q.forehead,
        0.95 + 0.7 * q.hair_side,
    )
    curtain = ellipsoid(
        x,
        y + 0.30 + 0.25 * q.hair_long,
        z + 0.32,
        0.70 * fw + 0.16 * saturate(q.hair_long * 3),
        0.9 + 0.45 * q.hair_long,
        0.58 + 0.06 * q.hair_long,
    )
    d = union(d, curtain + 1.2 * (1.0 - saturate(q.hair_long * 5.0)), 0.15)
    quiff = ellipsoid(x - 0.3 * q.hair_part, y - 0.93, z - 0.46, 0.50, 0.20, 0.36) + 1.0 - q.hair_quiff
    d = union(d, quiff, 0.18)
    bun = length(x, y - 1.12, z + 0.62) - 0.34 * q.hair_bun
    d = union(d, bun + 0.6 * (1 - saturate(q.hair_bun * 3.0)), 0.06)
    top = q.hair_line - q.hair_fringe * 0.35 + 0.22 * q.hair_part * x
    ry = 0.5 * (top + 1.9)
    lock = (0.025 * wave(x * 5.3 + q.seed) + 0.018 * wave(x * 11.7 + y * 3.0)) * (0.4 + q.hair_fringe)
    ox, oy, oz = x / q.hair_open, (y + 1.9 - ry - lock) / ry, (z - 1.02) / 0.84
    k = tf.sqrt(tf.sqrt(square(square(ox)) + square(square(oy)) + square(square(oz)) + 1e-9))
    d = carve(d, (k - 1.0) * 0.62, 0.06 + 0.14 * saturate(1.0 - q.hair_fringe * 2.0 - q.hair_curl))
    d = d + q.hair_curl * 0.035 * wave(x * 2.3 + 0.3 * y + q.seed) * wave(y * 2.5 + 0.2 * z) * wave(z * 2.4 + 0.25 * x)
    return d - (0.010 * wave(tf.abs(px) * 4.0 + 2.0 * z + y) + 0.006 * wave(ax * 9.0 - 3.0 * z + 0.5 * y)) * (
        1 - q.hair_curl
    )


def _body(p, q):
    """-> (neck with its slopes, clothes): world frame; the body turns less than the head."""
    x, z = q.body_cos * p[0] - q.body_sin * p[2], q.body_sin * p[0] + q.body_cos * p[2]
    y, ax = p[1], tf.abs(x)
    wide = 1.0 + 0.09 * q.neck
    lean = z + 0.16 + 0.12 * (y + 1.2)
    neck = length(x, tf.nn.relu(tf.abs(y + 1.35) - 0.55), lean) - 0.475 * wide
    along = saturate((ax - 0.10) / 0.95)  # trapezius: from the neck out to the shoulder
    slope = length(tf.nn.relu(ax - 1.05), y + 1.40 + 0.42 * along, z + 0.30) - 0.20 * wide
    base = union(neck, slope, 0.30)
    sinew = length(ax - 0.30 - 0.28 * (y + 1.25), tf.nn.relu(tf.abs(y + 1.3) - 0.3), lean - 0.36) - 0.07
    skin = union(base, sinew, 0.14)
    torso = ellipsoid(x, y + 2.22, z + 0.28, 1.42 * wide, 0.66, 0.56)
    cloth = union(torso, skin - 0.035, 0.18)
    return skin, tf.maximum(cloth, y + 1.36 + 0.12 * smoothstep(-0.2, 0.6, z))  # the neckline is lower in front


def parts(p, q):
    """Signed distances from a world point to all parts of the solid.

    Args:
        p: (x, y, z), tensors [N, M].
        q: Measures.
    Returns:
        List of tensors: skin, eyes, inside of the mouth, hair, clothes, glasses.
    """
    x, y, z = to_head(p, q)
    skin, eye, mouth = head(x, y, z, q)
    neck, cloth = _body(p, q)
    return [
        union(skin, neck, 0.12),
        eye,
        _inside_mouth(x, y, z, q, mouth),
        _hair(x, y, z, q),
        cloth,
        _glasses(tf.abs(x), x, y, z, q),
    ]


def nearest(d):
    """The smallest of the six distances.

    Args:
        d: What `parts` returns.
    Returns:
        Tensor [N, M].
    """
    return tf.minimum(tf.minimum(tf.minimum(d[0], d[1]), tf.minimum(d[2], d[3])), tf.minimum(d[4], d[5]))
